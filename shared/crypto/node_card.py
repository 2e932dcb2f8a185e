"""The node card: a node's public keys under the signature of its own identity.

Owns the card's encoding and its check. The region's log says which cards are its nodes'. A card is a msgpack array of
the signed bytes and the Ed25519 signature; the signed bytes are a msgpack array of format version, region, node,
identity, public sealing key and the identity's own certificate (DER), which is good for the node's name alone.
"""

from typing import NamedTuple

from shared.crypto import sealing
from shared.crypto.region_identity import PUBLIC_LENGTH, RegionIdentity
from shared.crypto.signed_card import Kind, decode_signed, encode_signed
from shared.identifiers import REGION_PATTERN
from shared.nodes.model import NODE_PATTERN

SEALING_NUMBER = 1
"""A node has one sealing key for its life."""


class MalformedNodeCard(ValueError):
    """The bytes are no card, or the card is not what its own identity signed."""


class NodeCard(NamedTuple):
    """`identity` is 32 bytes of Ed25519, `sealing_public` 1216 bytes (see `shared/crypto/sealing.py`)."""

    region: str
    node: str
    identity: bytes
    sealing_public: bytes
    certificate: bytes


def node_name(region: str, node: str) -> str:
    """What a node's certificate is made out to: see `region_certificate.region_domain`."""
    return f"{node}.{region}"


def encode_node_card(card: NodeCard, identity: RegionIdentity) -> bytes:
    """The card as it travels, signed. The same card always gives the same bytes."""
    return encode_signed(_KIND, card, identity)


def decode_node_card(encoded: bytes) -> NodeCard:
    """Read a card and check that its identity signed it. Whether the node belongs to the region, the log says.

    Errors: MalformedNodeCard.
    """
    return decode_signed(_KIND, encoded)


def _well_formed(card: NodeCard) -> bool:
    if tuple(map(type, card)) != (str, str, bytes, bytes, bytes):
        return False
    lengths = (len(card.identity), len(card.sealing_public))
    named = REGION_PATTERN.fullmatch(card.region) and NODE_PATTERN.fullmatch(card.node)
    return named is not None and lengths == (PUBLIC_LENGTH, sealing.PUBLIC_LENGTH)


_KIND: Kind[NodeCard] = Kind(
    "node card",
    b"keytide/node-card",
    NodeCard,
    _well_formed,
    lambda card: node_name(card.region, card.node),
    MalformedNodeCard,
)
