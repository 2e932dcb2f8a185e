"""The exchange of a region's sealing key: what its peers have sealed to it opens under the old one for ever.

Owns its steps, each of which follows from the state and the pulses:

1. Where something was destroyed that a peer may have sealed, and the last exchange is long enough ago, a fresh key is
   kept on every node of the region; then its card is announced in every partition, after whatever was destroyed there
   (`sealing_exchange.py`). Peers seal to a card only once all their partitions know it: what is sealed to the new key
   rests on a history with the destruction.
2. The old private key goes when every peer has adopted the announcements and all that it had shared by then is adopted
   here, and some grace is over for what was on its way; at the latest after `sealing_key_days`. What comes later,
   sealed to a key that is gone, cannot be opened: the region asks for it (`lacking.py`).

The node that leads takes the first step, the second one each takes for itself.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from replication.fold.erasing import SEALING, remains_since
from replication.pulses.heard import Heard
from replication.records.position import EMPTY_HEAD
from replication.state.partition_head import PartitionHead
from replication.state.state_store import PARTITIONS, partition_prefix
from services.durable_file import replace_file
from services.region_node.changes.recording import Place, row_of
from services.region_node.erasure.domain_care import HOUR
from services.region_node.erasure.fresh_keys import FreshKeys
from services.region_node.erasure.known_keys import DECIDING
from services.region_node.erasure.sealing_exchange import SealingExchange
from services.region_node.erasure.settings import ErasureSettings
from services.region_node.keys.cabinet import numbers_in, sealing_file
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.nodes.key_copies import Copies
from shared.erasure.events import SealingKeyDestroyed
from shared.identifiers import peer_stream
from shared.identity.model import Peer

DAY = 24 * HOUR

HeardOf = Callable[[], Mapping[str, Heard]]
"""What is heard of the peers by their pulses."""
Peers = Callable[[], frozenset[str]]


class SealingCare:
    """Of one node. `card_file`: where the region's card is kept for people to give to new peers. `leads`: whether this
    node does what one of its region has to do.
    """

    def __init__(
        self,
        place: Place,
        settings: ErasureSettings,
        keys: RegionKeys,
        fresh: FreshKeys,
        copies: Copies,
        peers: Peers,
        heard: HeardOf,
        card_file: Path,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._place, self._settings, self._keys, self._copies = place, settings, keys, copies
        self._peers, self._heard, self._card_file, self._leads = peers, heard, card_file, leads
        self._exchange = SealingExchange(place, keys, fresh, copies, self._own)
        self._number = 0
        """The number for which the two below hold."""
        self._shared: list[int] | None = None
        """By partition: what this region had shared when all announcements were seen to be."""
        self._quiet_since: int | None = None

    async def run(self, *, at_once: bool = False) -> None:
        """One round. `at_once`: without waiting for the time of the next exchange, and whichever node leads."""
        if at_once or self._leads():
            await self._exchange.follow()
            own = self._own()
            number = own[DECIDING].sealing_number
            if self._is_due(own, number, at_once) or await self._is_lost(number):
                await self._exchange.begin(number + 1)
                await self._exchange.follow()
        self._keep_card()
        await self.destroy()

    async def _is_lost(self, number: int) -> bool:
        """Whether no node has the present key any more, as when an older copy of `keys/` was restored."""
        return number not in self._held() and await self._copies.is_lost(sealing_file(number))

    def _keep_card(self) -> None:
        card = self._own()[DECIDING].card
        if card and not (self._card_file.exists() and self._card_file.read_bytes() == card):
            replace_file(self._card_file, card)

    def _held(self) -> list[int]:
        return [number for (number,) in numbers_in("sealing", self._keys.cabinet.names())]

    def _own(self) -> list[Peer]:
        """By partition: what the region has told of its own sealing key."""
        with self._place.store.read() as snapshot:
            region = self._place.region
            rows = [row_of(snapshot, number, peer_stream(region)) for number in range(self._place.partitions)]
        return [row.state if isinstance(row.state, Peer) else Peer(region, b"", 0) for row in rows]

    def _is_due(self, own: list[Peer], present: int, at_once: bool) -> bool:
        """Not before all partitions have followed."""
        if any(peer.sealing_number != present for peer in own):
            return False
        with self._place.store.read() as snapshot:
            waits = any(
                True
                for number, peer in enumerate(own)
                for _ in remains_since(snapshot, number, SEALING, peer.sealing_number)
            )
        since = max(peer.announced_at for peer in own)
        return waits and (at_once or self._place.now() - since >= self._settings.sealing_days * DAY)

    async def destroy(self) -> None:
        """Destroy the earlier keys once that may be, and say so. A node that lacks the present one keeps them."""
        own = self._own()
        number = min(peer.sealing_number for peer in own)
        if number not in self._held():
            return
        if number != self._number:
            self._number, self._shared, self._quiet_since = number, None, None
        earlier = [held for held in self._held() if held < number]
        if earlier and self._may_go(own):
            self._keys.cabinet.destroy([sealing_file(held) for held in earlier])
            self._keys.sealing_keys.keep_only(frozenset(self._held()))
            earlier = []
        if not earlier:
            for partition, peer in enumerate(own):
                if dict(peer.sealing_destroyed).get(self._place.node, 0) < number - 1:
                    gone = SealingKeyDestroyed(self._place.region, number - 1, self._place.node)
                    await self._place.record(partition, [gone])

    def _may_go(self, own: list[Peer]) -> bool:
        now = self._place.now()
        if now - max(peer.announced_at for peer in own) >= self._settings.sealing_key_days * DAY:
            return True
        if not self._is_quiet():
            self._quiet_since = None
            return False
        self._quiet_since = now if self._quiet_since is None else self._quiet_since
        return now - self._quiet_since >= self._settings.sealing_grace_seconds * 1000

    def _is_quiet(self) -> bool:
        """Whether no peer seals to an earlier key any more, as far as is known, and all that they did has come."""
        with self._place.store.read() as snapshot:
            encoded = [snapshot.get(PARTITIONS, partition_prefix(n)) for n in range(self._place.partitions)]
        heads = [PartitionHead.decode(one) for one in encoded]
        if self._shared is None:
            self._shared = [head.shared.sequence for head in heads]
        return all(self._has_followed(peer, heads, self._shared) for peer in self._peers())

    def _has_followed(self, peer: str, heads: list[PartitionHead], shared: list[int]) -> bool:
        heard = self._heard().get(peer)
        if heard is None or heard.latest is None:
            return False
        pulse = heard.latest.pulse
        return all(
            pulse.adopted_of(self._place.region, number).sequence >= shared[number]
            and head.adopted.get(peer, EMPTY_HEAD).sequence >= pulse.shared[number].sequence
            for number, head in enumerate(heads)
        )
