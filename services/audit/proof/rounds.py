"""The rounds of the proof, put together for a node's auditor."""

from collections.abc import Callable, Mapping

from replication.state.state_store import StateStore
from services.audit.proof.cosignature_round import CosignatureRound
from services.audit.proof.digest_round import Append, DigestRound
from services.audit.proof.inbox import CosignatureInbox, inbox_directory
from services.audit.trail.trail import Trail
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.peers.peer_cards import PeerCards
from services.region_node.settings.settings import NodeSettings
from shared.audit.digest import Verify
from shared.crypto.region_card import RegionCard
from shared.crypto.region_identity import verify_signature

MARK = "digested"


def proof_rounds(
    settings: NodeSettings, keys: RegionKeys, store: StateStore, trail: Trail, append: Append, now: Callable[[], int]
) -> tuple[DigestRound, CosignatureRound]:
    """Of one node."""
    mark, sign = settings.trail_directory.parent / MARK, keys.identity.sign
    inbox = CosignatureInbox(inbox_directory(settings.trail_directory))
    verify = verify_by_pins(PeerCards(store, settings.partitions))
    return (
        DigestRound(settings.region, trail, mark, sign, append, now, settings.audit.digest_minutes),
        CosignatureRound(trail, inbox, append, verify),
    )


def verify_by_pins(cards: Callable[[], Mapping[str, RegionCard]]) -> Verify:
    """By the cards of the peers as they are pinned now."""

    def verify(region: str, message: bytes, signature: bytes) -> bool:
        card = cards().get(region)
        return card is not None and verify_signature(card.identity, message, signature)

    return verify
