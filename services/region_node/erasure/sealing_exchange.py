"""The announcement of a region's next sealing key, from a fresh key to the card in every partition.

Owns the order: the key is durable on every node of the region, then its card is announced in the partition that decides
(`known_keys.py`), and only then in the others, as it stands in that one.

- *Were it announced before a node has it*, that node would adopt what peers seal to the card, and could not open it.
- *Two nodes announce at once, each a key of its own*: the first in the log's order counts, and the loser announces the
  winner's card in the other partitions, too.
- *A node joins meanwhile*: it was admitted in every partition before it got the region's keys. So whoever is admitted
  when all have answered is looked at again; a node that has not got the key yet is waited for.
"""

import logging
from collections.abc import Callable, Sequence

from services.region_node.changes.recording import Place, row_of
from services.region_node.erasure.fresh_keys import FreshKeys
from services.region_node.erasure.known_keys import DECIDING
from services.region_node.keys.cabinet import sealing_file
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.nodes.key_copies import Copies
from shared.crypto.sealing import SealingKey
from shared.erasure.events import SealingKeyAnnounced
from shared.identifiers import peer_stream
from shared.identity.model import Peer
from shared.secrets import Secret

log = logging.getLogger(__name__)

Own = Callable[[], Sequence[Peer]]
"""By partition: what the region has told of its own sealing key."""


def _fresh_seed() -> Secret:
    return SealingKey.generate().seed


class SealingExchange:
    """Of one node."""

    def __init__(self, place: Place, keys: RegionKeys, fresh: FreshKeys, copies: Copies, own: Own) -> None:
        self._place, self._keys, self._fresh, self._copies, self._own = place, keys, fresh, copies, own

    async def begin(self, number: int, make: Callable[[], Secret] = _fresh_seed) -> None:
        """Have the key of that number decided, the one after the present."""
        name = sealing_file(number)
        seed = self._fresh.put_forward(name, make)
        standing = await self._copies.stand(name, seed)
        if lacking := self._copies.nodes() - standing:
            told = {"number": number, "nodes": sorted(lacking)}
            log.warning("a sealing key does not stand on every node yet", extra=told)
            return
        await self._decide(number, self._keys.encoded_card_with(number, SealingKey(seed).public_bytes()))
        self._fresh.settle()

    async def _decide(self, number: int, card: bytes) -> None:
        stream = peer_stream(self._place.region)
        with self._place.store.read() as snapshot:
            row = row_of(snapshot, DECIDING, stream)
        present = row.state.sealing_number if isinstance(row.state, Peer) else 0
        if present < number:
            announced = SealingKeyAnnounced(self._place.region, number, card)
            await self._place.record_on(DECIDING, [announced], {stream: row.revision}, shared=True)

    async def follow(self) -> None:
        """Announce what is decided in the partitions that do not have it yet."""
        own = self._own()
        decided = own[DECIDING]
        for partition, peer in enumerate(own):
            if peer.sealing_number < decided.sealing_number:
                announced = SealingKeyAnnounced(self._place.region, decided.sealing_number, decided.card)
                await self._place.record(partition, [announced], shared=True)
