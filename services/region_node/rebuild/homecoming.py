"""A region that was restored from a backup, or is built anew: it comes home before it changes anything.

Owns when it has. The mark `restored`, in the region's directory, is made by `keytide restore` (`rebuild/restored.py`),
and `rebuilding` by `keytide rebuild` (`rebuild/rebuilding.py`). As long as one is there the region changes nothing of
its own (adoptions go on, and cards are pinned): every peer has to say, by a pulse of after this start, how much of what
this region had shared it has adopted; what is more than the region has is fetched from the peers, as the region itself
has signed it. One that was restored adopts, too, what its peers had shared by then.
The interleaving that this guards against: the region was backed up at number 5 of what it shares and went on to 7;
restored, it shares another 6; and its peers hold two histories of it for ever.

What the region had shared rests on what it had adopted, and the other way round. So what comes home and what mirrors
adopt take turns, as often as their histories do.

A peer that is gone for good is taken out of the settings; until then it may be the only one that knows.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import takewhile
from typing import Protocol

from replication.log.event_log import Entry, LogError
from replication.pulses.heard import Heard, HeardPulse
from replication.pulses.pulse import Pulse
from replication.records.body import Adoption, encode_adoption
from replication.records.position import EMPTY_HEAD
from replication.records.record import NotARecord, decode_envelope, decode_record, record_hash
from replication.sharing.publication import shared_log
from replication.state.partition_head import PartitionHead
from replication.state.state_store import PARTITIONS, StateStore, partition_prefix
from replication.writing.draft import Draft
from services.clock import now_milliseconds
from services.region_node.changes.recording import Submit
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.rebuild.rebuilding import Rebuilding
from services.region_node.rebuild.restored import Restored
from services.region_node.settings.settings import NodeSettings
from shared.crypto.region_identity import verify_signature
from shared.identifiers import peer_stream

log = logging.getLogger(__name__)

_TAKEN = ("applied", "frozen")
_GROUP_MOST = 256

Published = Callable[[int], int]
"""(partition): up to which number everything stands in the own shared log."""
Retry = Callable[[int], Awaitable[bool]]
"""(partition): have its mirrors try again what waits for records of this region; whether any of it was adopted."""


class Carrier(Protocol):
    """A peer that hands on what it has adopted."""

    async def read(self, region: str, partition: int, start: int) -> Sequence[Entry]:
        """Records of `region` from number `start` on, in their order. Errors: LogError."""


class Hearing(Protocol):
    """What is heard of the peers, by region."""

    @property
    def heard(self) -> Mapping[str, Heard]: ...


class Homecoming:
    """Of one node, in its replicator. `carriers`: by region, as they are at the moment. `now`: integer milliseconds.

    `submit` writes what is of this region's own although it has not come home.
    """

    def __init__(
        self,
        settings: NodeSettings,
        keys: RegionKeys,
        store: StateStore,
        submit: Submit,
        pulses: Hearing,
        carriers: Mapping[str, Carrier],
        rebuilding: Rebuilding,
        restored: Restored,
        retry: Retry,
        published: Published,
        now: Callable[[], int] = now_milliseconds,
    ) -> None:
        self._region, self._partitions = settings.region, settings.partitions
        self._peers = sorted(peer.region for peer in settings.peers)
        self._identities = [keys.identity.public_bytes]
        if rebuilding.former is not None:
            self._identities.append(rebuilding.former.identity)
        self._rebuilding, self._restored, self._retry, self._published = rebuilding, restored, retry, published
        self._store, self._submit, self._pulses, self._carriers = store, submit, pulses, carriers
        self._since = now()
        self._what = "is built anew" if rebuilding.former is not None else "was restored"
        awaited = f"the region {self._what}, and its peers have not said yet what they have of it"
        self.hindrance = awaited if restored.pending or rebuilding.former is not None else ""
        """Why the region changes nothing, or ""."""
        self.complete = asyncio.Event()
        """Whether all that the region had shared stands in its shared log again: peers may read on there."""
        if not self.hindrance:
            self.complete.set()

    def hinders(self, draft: Draft) -> str:
        """Why the draft is not written, or "". Whom the region believes it may say at any time: nobody else gets it."""
        is_pin = draft.shared is None and all(stream.startswith(peer_stream("")) for stream, _ in draft.streams)
        return "" if draft.origin is not None or (is_pin and draft.streams) else self.hindrance

    def unless_away(self, act: Callable[[str], None]) -> Callable[[str], None]:
        """Do it, but not while the region comes home: then its peers have more of it as a matter of course."""
        return lambda reason: None if self.hindrance else act(reason)

    async def run(self) -> None:
        """One round."""
        if not self.hindrance or not await self._rebuilding.begin():
            return
        lacking = self._unheard() or await self._lacking() or self._unpublished() or self._rebuilding.lacking()
        if not lacking:
            # Before what peers have shared is waited for: of two that were restored, each waits for the other's log.
            self.complete.set()
            lacking = self._restored.lacking(self._said())
        if lacking:
            self.hindrance = lacking
        elif await self._rebuilding.end() and await self._restored.end():
            self.hindrance = ""
            log.info("the region has come home: its peers have nothing of it that it lacks")

    def _unheard(self) -> str:
        silent = [peer for peer in self._peers if (pulse := self._latest(peer)) is None or pulse.as_of < self._since]
        return f"the region {self._what}; not heard since: {', '.join(silent)}" if silent else ""

    def _said(self) -> list[Pulse]:
        return [latest.pulse for latest in map(self._latest, self._peers) if latest is not None]

    def _latest(self, peer: str) -> HeardPulse | None:
        heard = self._pulses.heard.get(peer)
        return None if heard is None else heard.latest

    async def _lacking(self) -> str:
        """Fetch what is lacking; says what still is."""
        lacking = [partition for partition in range(self._partitions) if not await self._fetched(partition)]
        if not lacking:
            return ""
        return f"the region {self._what}; its peers have adopted more of partition {lacking[0]} than could be fetched"

    def _unpublished(self) -> str:
        """What came home and does not stand in the shared log yet: a peer that reads on there would find it cut.

        Where there is no peer, nobody reads on.
        """
        if not self._peers:
            return ""
        late = [number for number in range(self._partitions) if self._published(number) < self._next(number) - 1]
        return f"the region {self._what}; what it had shared of partition {late[0]} is not there again" if late else ""

    async def _fetched(self, partition: int) -> bool:
        """Whether all that any peer has is here now."""
        for peer, carrier in [*self._carriers.items()]:
            if self._has_more(peer, partition):
                await self._fetch(partition, peer, carrier)
        return not any(self._has_more(peer, partition) for peer in self._peers)

    def _has_more(self, peer: str, partition: int) -> bool:
        latest = self._latest(peer)
        if latest is None:
            return False
        return latest.pulse.adopted_of(self._region, partition).sequence >= self._next(partition)

    async def _fetch(self, partition: int, peer: str, carrier: Carrier) -> None:
        try:
            while await self._take(partition, await carrier.read(self._region, partition, self._next(partition))):
                pass
        except LogError as error:
            log.warning("a peer cannot be asked for what was lost", extra={"peer": peer, "reason": str(error)})

    def _head(self, partition: int) -> PartitionHead:
        with self._store.read() as snapshot:
            return PartitionHead.decode(snapshot.get(PARTITIONS, partition_prefix(partition)))

    def _next(self, partition: int) -> int:
        return self._head(partition).shared.sequence + 1

    async def _take(self, partition: int, entries: Sequence[Entry]) -> bool:
        """Whether it led any further."""
        before = self._next(partition)
        drafts = [*takewhile(bool, (self._draft(partition, entry.record) for entry in entries))]
        moves = True
        while drafts and moves:
            taken = await self._taken([draft for draft in drafts[:_GROUP_MOST] if draft is not None])
            drafts = drafts[taken:]
            # What is left may rest on what a peer has said since, which in turn waits for what has just come home.
            moves = await self._retry(partition) or taken > 0
        return self._next(partition) > before

    async def _taken(self, drafts: Sequence[Draft]) -> int:
        """How many of them, from the first on, are here now: those whose causes are."""
        head = self._head(drafts[0].partition)
        ready = [*takewhile(lambda draft: self._is_caused(draft, head), drafts)]
        answers = await asyncio.gather(*map(self._submit, ready))
        return len([*takewhile(lambda answer: answer.verdict in _TAKEN, answers)])

    def _is_caused(self, draft: Draft, head: PartitionHead) -> bool:
        return all(
            head.adopted.get(region, EMPTY_HEAD).sequence >= number
            for region, number in (draft.adopted or {}).items()
            if region != self._region
        )

    def _draft(self, partition: int, encoded: bytes) -> Draft | None:
        """None for what this region has not signed, or has signed for another place."""
        try:
            record = decode_record(encoded)
            envelope = decode_envelope(record.signed)
        except NotARecord:
            return None
        is_own = (envelope.log, envelope.partition) == (shared_log(self._region), partition)
        if not is_own or not any(verify_signature(one, record.signed, record.proof) for one in self._identities):
            return None
        return Draft(
            partition=partition,
            command_id=None,
            streams=tuple((stream, None) for stream, _ in envelope.streams),
            key_epoch=envelope.key_epoch,
            origin=(self._region, envelope.sequence, record_hash(record.signed)),
            adopted=envelope.adopted,
            body=encode_adoption(Adoption(encoded, {})),
        )
