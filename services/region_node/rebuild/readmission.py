"""A peer that has lost everything and is built anew is believed again: what this region does for its operator then.

Owns its order, every step of which may be done again: the new card is pinned in every partition, beside this region's
word on what it knows of the lost one, which all regions get; what of access keys was the lost region's is given to the
new one; and the replicator begins anew, with the new identity and nothing that it remembers of the former. What it has
seen as a witness of the former is then kept beside (`witness/seen_of_peers.py`).

Before that the lost region must not be heard any more, and no region that is heard may have more of it than this one:
its signature counts for nothing here afterwards.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from replication.pulses.heard import HeardPulse
from replication.records.body import encode_change, encode_shared
from replication.records.position import EMPTY_HEAD
from replication.state.view import SnapshotView
from replication.witness.checkpoint import furthest
from replication.witness.witnessed import Witnessed
from replication.writing.draft import Draft, settled
from services.durable_file import replace_file
from services.region_node.changes.recording import Place, row_of
from services.region_node.operator.questions import Verb
from services.region_node.peers.handing_on import Handed
from services.region_node.peers.tails import BEATS_MISSED
from services.region_node.pulses.pulses import Pulses
from services.region_node.settings.settings import NodeSettings
from shared.crypto.region_card import RegionCard, decode_card, fingerprint
from shared.errors import DependencyTimeout
from shared.events import Event, stream_of
from shared.identity.model import Peer
from shared.rebuild.decide import successor_of
from shared.rebuild.errors import MoreElsewhere, NotAPeer, RegionAnswers
from shared.rebuild.events import PeerReplaced, RegionReadmitted

NAME_DIGITS = 16


class Known(NamedTuple):
    """What this region knows of the lost one, and of the card that is to take its place, for a person to compare.

    `adopted` and `said` are sums over the partitions; `heard_at`: milliseconds, 0 for never.
    """

    former: str
    present: str
    adopted: int
    said: int
    heard_at: int


class Readmission:
    """Of one node, in its replicator. `handed` takes what peers have of the region's partition. `seen`: as a witness of
    it. `give`: what of access keys is that region's. `hindrance`: why this region has not come home itself, or "".

    `begin_anew`: have the replicator end, and begin with whom it believes now.
    """

    def __init__(
        self,
        settings: NodeSettings,
        place: Place,
        pulses: Pulses,
        handed: Callable[[str, int], Awaitable[Handed]],
        seen: Callable[[str], Witnessed],
        give: Callable[[str], Awaitable[None]],
        begin_anew: Callable[[], Awaitable[None]],
        hindrance: Callable[[], str],
    ) -> None:
        self._settings, self._place, self._pulses, self._handed, self._seen = settings, place, pulses, handed, seen
        self._give, self._begin_anew, self._hindrance = give, begin_anew, hindrance
        self.answers: Mapping[str, Callable[..., Awaitable[Any]]] = {
            Verb.KNOWN_OF_LOST: self.known,
            Verb.READMIT: self.readmit,
        }

    async def known(self, region: str, card: str) -> Known:
        """What a person compares first. `card`: in hexadecimal. Errors: NotAPeer, NotTheCard."""
        encoded = _decoded(card)
        new, (former, _) = successor_of(self._pinned(region), region, encoded), self._former(region)
        latest = self._latest(region)
        adopted = sum(self._place.head(n).adopted.get(region, EMPTY_HEAD).sequence for n in self._partitions)
        said = 0 if latest is None else sum(head.sequence for head in latest.pulse.shared)
        names = (fingerprint(former.identity), fingerprint(new.identity))
        return Known(*names, adopted, said, 0 if latest is None else latest.at)

    async def readmit(self, region: str, card: str, even_though_it_answers: bool, without_the_tail: bool) -> None:
        """Believe it from now on. Errors: NotAPeer, NotTheCard, RegionAnswers, MoreElsewhere; DependencyTimeout where
        a partition does not write: another time goes on; and where this region has not come home: what it says of that
        would bear a number that peers have another record under, for ever.
        """
        if hindrance := self._hindrance():
            raise DependencyTimeout(f"{self._place.region} shares nothing yet: {hindrance}")
        encoded = _decoded(card)
        new = successor_of(self._pinned(region), region, encoded)
        waiting = [number for number in self._partitions if self._identity(number, region) != new.identity]
        if waiting and not even_though_it_answers and self._answers(region):
            raise RegionAnswers(f"{region} was heard a moment ago, under the identity that is pinned")
        if waiting and not without_the_tail:
            await self._require_tail(region, waiting)
        if waiting:
            self._keep_former(region)
        for partition in waiting:
            await self._replace(partition, new, encoded)
        replace_file(self._settings.peer_card_file(region), encoded)
        await self._give(region)
        await self._begin_anew()

    @property
    def _partitions(self) -> range:
        return range(self._place.partitions)

    def _pinned(self, region: str) -> Peer | None:
        """As a partition knows the peer that has not replaced it yet: a former attempt may have been interrupted."""
        pinned = [self._peer(number, region) for number in self._partitions]
        known = [peer for peer in pinned if peer is not None]
        return min(known, key=lambda peer: peer.sealing_number, default=None)

    def _former(self, region: str) -> tuple[RegionCard, bytes]:
        """Read, and as it was pinned."""
        pinned = self._pinned(region)
        if pinned is None:
            raise NotAPeer(f"No card of {region} is pinned here")
        return decode_card(pinned.card), pinned.card

    def _keep_former(self, region: str) -> None:
        """Beside the other cards: with it people check receipts and checkpoints that the lost region has signed."""
        card, encoded = self._former(region)
        digits = fingerprint(card.identity).replace(" ", "")[:NAME_DIGITS]
        replace_file(self._settings.peer_card_file(region).with_name(f"{region}.{digits}.former"), encoded)

    def _peer(self, partition: int, region: str) -> Peer | None:
        with self._place.store.read() as snapshot:
            return SnapshotView(snapshot, self._place.partitions).peer(partition, region)

    def _identity(self, partition: int, region: str) -> bytes:
        peer = self._peer(partition, region)
        return b"" if peer is None else decode_card(peer.card).identity

    def _answers(self, region: str) -> bool:
        latest = self._latest(region)
        patience = BEATS_MISSED * max(self._settings.pulses.every_milliseconds, 1000)
        return latest is not None and self._place.now() - latest.at <= patience

    def _latest(self, region: str) -> HeardPulse | None:
        heard = self._pulses.heard.get(region)
        return None if heard is None else heard.latest

    async def _require_tail(self, region: str, partitions: list[int]) -> None:
        """Every peer is asked for what it has; then what each says that it has must be here."""
        await asyncio.gather(*(self._handed(region, partition) for partition in partitions))
        for peer in self._pulses.heard:
            latest = self._latest(peer)
            if peer == region or latest is None or not self._answers(peer):
                continue
            for partition in partitions:
                there = latest.pulse.adopted_of(region, partition).sequence
                here = self._place.head(partition).adopted.get(region, EMPTY_HEAD).sequence
                if there > here:
                    raise MoreElsewhere(
                        f"{peer} has {there} records of {region}'s partition {partition}, and {here} are here"
                    )

    async def _replace(self, partition: int, new: RegionCard, encoded: bytes) -> None:
        told = self._told(partition, new)
        events: list[Event] = [PeerReplaced(new.region, encoded), told]
        with self._place.store.read() as snapshot:
            revisions = [(stream, row_of(snapshot, partition, stream).revision) for stream in map(stream_of, events)]
        draft = Draft(partition, None, tuple(revisions), shared=encode_shared([told]), body=encode_change("", events))
        if not settled((await self._place.submit(draft)).verdict):
            raise DependencyTimeout(f"Partition {partition} does not write at the moment")

    def _told(self, partition: int, new: RegionCard) -> RegionReadmitted:
        region, former = new.region, self._identity(partition, new.region)
        adopted = self._place.head(partition).adopted.get(region, EMPTY_HEAD)
        witnessed = furthest(self._seen(region).highest, partition).sequence
        latest = self._latest(region)
        said, taken, heard_at = 0, 0, 0
        if latest is not None:
            said, heard_at = latest.pulse.shared[partition].sequence, latest.at
            taken = sum(latest.pulse.adopted_of(peer, partition).sequence for peer in latest.pulse.adopted)
        names = (region, self._place.region, former, new.identity)
        return RegionReadmitted(*names, adopted.sequence, adopted.digest, said, witnessed, taken, heard_at)


def _decoded(card: str) -> bytes:
    """What is not hexadecimal is no card either."""
    try:
        return bytes.fromhex(card)
    except ValueError:
        return b""
