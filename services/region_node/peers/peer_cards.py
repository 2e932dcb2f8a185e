"""The peers' cards as this region has pinned them.

Owns the reading of cards from state. A card is decoded and its signature checked once, however often it is asked for.
"""

import logging
from collections.abc import Mapping
from functools import lru_cache

from replication.state.state_store import StateStore
from replication.state.view import SnapshotView
from shared.crypto.region_card import MalformedCard, RegionCard, decode_card
from shared.identity.model import Peer

log = logging.getLogger(__name__)


class PeerCards:
    """Call it for the cards by region, as they are now."""

    def __init__(self, store: StateStore, partitions: int) -> None:
        self._store = store
        self._partitions = partitions

    def __call__(self) -> Mapping[str, RegionCard]:
        with self._store.read() as snapshot:
            peers = SnapshotView(snapshot, self._partitions).peers()
        cards = {region: pinned_card(peer) for region, peer in peers.items()}
        return {region: card for region, card in cards.items() if card is not None}


@lru_cache(maxsize=1024)
def pinned_card(peer: Peer) -> RegionCard | None:
    """The card; None, said once, for one that cannot be one: that peer is not believed, and the others are."""
    try:
        return card_of(peer.region, peer.card)
    except MalformedCard as error:
        log.error("a pinned card cannot be used", extra={"peer": peer.region, "reason": str(error)})
        return None


def card_of(region: str, encoded: bytes) -> RegionCard:
    """The card of `region`. Errors: MalformedCard, also for a card of another region."""
    card = decode_card(encoded)
    if card.region != region:
        raise MalformedCard(f"it is the card of {card.region}, not of {region}")
    return card
