"""The peers' cards as this region has pinned them.

Owns the reading of cards from state. A card is decoded and its signature checked once, however often it is asked for.
"""

from collections.abc import Mapping
from functools import lru_cache

from replication.state_store import StateStore
from replication.view import SnapshotView
from shared.crypto.region_card import RegionCard, decode_card

_decoded = lru_cache(maxsize=1024)(decode_card)


class PeerCards:
    """Call it for the cards by region, as they are now."""

    def __init__(self, store: StateStore, partitions: int) -> None:
        self._store = store
        self._partitions = partitions

    def __call__(self) -> Mapping[str, RegionCard]:
        with self._store.read() as snapshot:
            return {peer.region: _decoded(peer.card) for peer in SnapshotView(snapshot, self._partitions).peers()}
