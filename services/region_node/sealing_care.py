"""The exchange of a region's sealing key: what its peers have sealed to it opens under the old one for ever.

Owns its steps, each of which follows from the state and the pulses:

1. Where something was destroyed that a peer may have sealed, and the last exchange is long enough ago, a fresh key is
   kept durably; then its card is announced in every partition, after whatever was destroyed there. Peers seal to a
   card only once all their partitions know it: what is sealed to the new key rests on a history with the destruction.
2. The old private key goes when every peer has adopted the announcements and all that it had shared by then is adopted
   here, and some grace is over for what was on its way; at the latest after `sealing_key_days`. What comes later,
   sealed to a key that is gone, cannot be opened: the region asks for it (`lacking.py`).
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from replication.erasing import SEALING, remains_since
from replication.head import PartitionHead
from replication.heard import Heard
from replication.position import EMPTY_HEAD
from replication.state_store import PARTITIONS, partition_prefix
from services.durable_file import replace_file
from services.region_node.cabinet import numbers_in, sealing_file
from services.region_node.domain_care import HOUR
from services.region_node.erasure_settings import ErasureSettings
from services.region_node.recording import Place, row_of
from services.region_node.region_keys import RegionKeys
from shared.crypto.sealing import SealingKey
from shared.erasure.events import SealingKeyAnnounced, SealingKeyDestroyed
from shared.identifiers import peer_stream
from shared.identity.model import Peer

log = logging.getLogger(__name__)

DAY = 24 * HOUR

HeardOf = Callable[[], Mapping[str, Heard]]
"""What is heard of the peers by their pulses."""
Peers = Callable[[], frozenset[str]]


class SealingCare:
    """Of one node. `card_file`: where the region's card is kept for people to give to new peers."""

    def __init__(
        self, place: Place, settings: ErasureSettings, keys: RegionKeys, peers: Peers, heard: HeardOf, card_file: Path
    ) -> None:
        self._place, self._settings, self._keys = place, settings, keys
        self._peers, self._heard, self._card_file = peers, heard, card_file
        self._shared: list[int] | None = None
        """By partition: what this region had shared when all announcements were seen to be."""
        self._quiet_since: int | None = None

    async def run(self, *, at_once: bool = False) -> None:
        """One round. `at_once`: without waiting for the time of the next exchange."""
        own, held = self._own(), self._held()
        newest = max(*held, *(peer.sealing_number for peer in own))
        is_lost = newest not in held
        if is_lost or (all(peer.sealing_number == newest for peer in own) and self._is_due(own, at_once)):
            newest += 1
        await self._announce(newest, own)
        await self._destroy_earlier()

    def _held(self) -> list[int]:
        return [number for (number,) in numbers_in("sealing", self._keys.cabinet.names())]

    def _own(self) -> list[Peer]:
        """By partition: what the region has told of its own sealing key."""
        with self._place.store.read() as snapshot:
            region = self._place.region
            rows = [row_of(snapshot, number, peer_stream(region)) for number in range(self._place.partitions)]
        return [row.state if isinstance(row.state, Peer) else Peer(region, b"", 0) for row in rows]

    def _is_due(self, own: list[Peer], at_once: bool) -> bool:
        with self._place.store.read() as snapshot:
            waits = any(
                True
                for number, peer in enumerate(own)
                for _ in remains_since(snapshot, number, SEALING, peer.sealing_number)
            )
        since = max(peer.announced_at for peer in own)
        return waits and (at_once or self._place.now() - since >= self._settings.sealing_days * DAY)

    async def _announce(self, number: int, own: list[Peer]) -> None:
        behind = [partition for partition, peer in enumerate(own) if peer.sealing_number < number]
        if not behind:
            return
        if number not in self._keys.sealing_keys:
            key = SealingKey.generate()
            self._keys.cabinet.add(sealing_file(number), key.seed)
            self._keys.sealing_keys.add(number, key)
        self._shared = self._quiet_since = None
        card = self._keys.encoded_card
        for partition in behind:
            announced = SealingKeyAnnounced(self._place.region, number, card)
            await self._place.record(partition, [announced], shared=True)
        replace_file(self._card_file, card)

    async def _destroy_earlier(self) -> None:
        own = self._own()
        number = min(peer.sealing_number for peer in own)
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
