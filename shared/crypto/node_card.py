"""The node card: a node's public keys under the signature of its own identity.

Owns the card's encoding and its check. The region's log says which cards are its nodes'. A card is a msgpack array of
the signed bytes and the Ed25519 signature; the signed bytes are a msgpack array of format version, region, node,
identity, public sealing key and the identity's own certificate (DER), which is good for the node's name alone.
"""

from typing import NamedTuple

import msgpack

from shared.crypto import sealing
from shared.crypto.region_certificate import certifies
from shared.crypto.region_identity import PUBLIC_LENGTH, RegionIdentity, verify_signature
from shared.identifiers import REGION_PATTERN
from shared.nodes.model import NODE_PATTERN

FORMAT_VERSION = 1
SEALING_NUMBER = 1
"""A node has one sealing key for its life."""

_LABEL = b"keytide/node-card"
"""Stands before what is signed, so that no signature over anything else can be taken for a card's."""


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
    signed = msgpack.packb((FORMAT_VERSION, *card))
    encoded: bytes = msgpack.packb((signed, identity.sign(_LABEL + signed)))
    return encoded


def decode_node_card(encoded: bytes) -> NodeCard:
    """Read a card and check that its identity signed it. Whether the node belongs to the region, the log says.

    Errors: MalformedNodeCard.
    """
    try:
        signed, signature = msgpack.unpackb(encoded)
        version, *fields = msgpack.unpackb(signed)
        card = NodeCard(*fields)
    except Exception:
        raise MalformedNodeCard("not a node card") from None
    if version != FORMAT_VERSION or not _well_formed(card):
        raise MalformedNodeCard("not a node card of a known version")
    if not verify_signature(card.identity, _LABEL + signed, signature):
        raise MalformedNodeCard("the node card is not signed by its identity")
    if not certifies(card.certificate, card.identity, node_name(card.region, card.node)):
        raise MalformedNodeCard("the node card's certificate is not its identity's")
    return card


def _well_formed(card: NodeCard) -> bool:
    if tuple(map(type, card)) != (str, str, bytes, bytes, bytes):
        return False
    lengths = (len(card.identity), len(card.sealing_public))
    named = REGION_PATTERN.fullmatch(card.region) and NODE_PATTERN.fullmatch(card.node)
    return named is not None and lengths == (PUBLIC_LENGTH, sealing.PUBLIC_LENGTH)
