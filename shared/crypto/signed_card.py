"""Signed cards: public keys under the signature of the identity among them.

Owns the encoding and the check that cards of regions and of nodes have in common. A card is a msgpack array of the
signed bytes and the Ed25519 signature (RFC 8032); the signed bytes are a msgpack array of format version and fields.
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgpack

from shared.crypto.region_certificate import certifies
from shared.crypto.region_identity import RegionIdentity, verify_signature

FORMAT_VERSION = 1


class Card(Protocol):
    """A NamedTuple of what the card says, in the order in which it stands there."""

    @property
    def identity(self) -> bytes: ...

    @property
    def certificate(self) -> bytes: ...


C = TypeVar("C", bound=Card)


class Kind(NamedTuple, Generic[C]):
    """A kind of card. `label` stands before what is signed, so that no signature over anything else can be a card's.

    `made_out_to`: the name that the identity's certificate is good for.
    """

    name: str
    label: bytes
    make: Callable[..., C]
    is_well_formed: Callable[[C], bool]
    made_out_to: Callable[[C], str]
    malformed: type[ValueError]


def encode_signed(kind: Kind[C], card: tuple[object, ...], identity: RegionIdentity) -> bytes:
    """The same card always gives the same bytes."""
    signed = msgpack.packb((FORMAT_VERSION, *card))
    encoded: bytes = msgpack.packb((signed, identity.sign(kind.label + signed)))
    return encoded


def decode_signed(kind: Kind[C], encoded: bytes) -> C:
    """Read a card and check that its identity signed it. Errors: the kind's `malformed`."""
    try:
        signed, signature = msgpack.unpackb(encoded)
        version, *fields = msgpack.unpackb(signed)
        card = kind.make(*fields)
    except Exception:  # whatever bytes that a stranger has sent may do to their reader
        raise kind.malformed(f"not a {kind.name}") from None
    if version != FORMAT_VERSION or not kind.is_well_formed(card):
        raise kind.malformed(f"not a {kind.name} of a known version")
    if not verify_signature(card.identity, kind.label + signed, signature):
        raise kind.malformed(f"the {kind.name} is not signed by its identity")
    if not certifies(card.certificate, card.identity, kind.made_out_to(card)):
        raise kind.malformed(f"the {kind.name}'s certificate is not its identity's")
    return card
