"""Cards of regions that have come under another identity."""

from shared.crypto.region_card import encode_card
from shared.crypto.region_certificate import identity_certificate
from shared.crypto.region_identity import RegionIdentity
from tests.services.region_node.running_replicator import KEYS, NOW


def card_of(region: str, identity: RegionIdentity, number: int) -> bytes:
    """A card of `region` as `identity` makes it, with a sealing key of that number."""
    certificate = identity_certificate(identity, region, NOW)
    card = KEYS[region].card._replace(identity=identity.public_bytes, sealing_number=number, certificate=certificate)
    return encode_card(card, identity)
