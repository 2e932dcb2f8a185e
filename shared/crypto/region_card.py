"""The region card: a region's public keys under the signature of its identity.

Owns the card's encoding and its check. Peers pin a card at federation, after people have compared its fingerprint. A
card is a msgpack array of the signed bytes and the Ed25519 signature; the signed bytes are a msgpack array of format
version, region, identity, sealing key's number, public sealing key and the identity's own certificate (DER).
"""

import hashlib
from typing import NamedTuple

from shared.crypto import sealing
from shared.crypto.region_identity import PUBLIC_LENGTH, RegionIdentity
from shared.crypto.signed_card import Kind, decode_signed, encode_signed
from shared.identifiers import REGION_PATTERN


class MalformedCard(ValueError):
    """The bytes are no card, or the card is not what its own identity signed."""


class RegionCard(NamedTuple):
    """`identity` is 32 bytes of Ed25519, `sealing_public` 1216 bytes (see `shared/crypto/sealing.py`)."""

    region: str
    identity: bytes
    sealing_number: int
    sealing_public: bytes
    certificate: bytes


def fingerprint(identity: bytes) -> str:
    """The SHA-256 of a card's identity for people to compare: 64 hex digits in groups of four."""
    digits = hashlib.sha256(identity).hexdigest()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def encode_card(card: RegionCard, identity: RegionIdentity) -> bytes:
    """The card as it travels, signed. The same card always gives the same bytes."""
    return encode_signed(_KIND, card, identity)


def decode_card(encoded: bytes) -> RegionCard:
    """Read a card and check that its identity signed it. Whether that identity is the right one, the pin says.

    Errors: MalformedCard.
    """
    return decode_signed(_KIND, encoded)


def _well_formed(card: RegionCard) -> bool:
    if tuple(map(type, card)) != (str, bytes, int, bytes, bytes) or card.sealing_number < 1:
        return False
    lengths = (len(card.identity), len(card.sealing_public))
    return REGION_PATTERN.fullmatch(card.region) is not None and lengths == (PUBLIC_LENGTH, sealing.PUBLIC_LENGTH)


_KIND: Kind[RegionCard] = Kind(
    "region card", b"keytide/region-card", RegionCard, _well_formed, lambda card: card.region, MalformedCard
)
