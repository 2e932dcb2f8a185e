"""Responses: from a typed value to the object that goes out as JSON.

Owns the encoding: members that are None are left out, blobs become base64, lists and structures are encoded within.
"""

from binascii import b2a_base64
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from services.region_node.wire.member import Kind, Shape, is_structure, members_of

Encode: TypeAlias = Callable[[Any], object]


class MemberEncoder(NamedTuple):
    """Where a member stands in its type, and how its value is encoded; None where JSON already has its form."""

    place: int
    encode: Encode | None


def compile_response(shape: type[Shape]) -> Callable[[Shape], dict[str, object]]:
    """The encoder of `shape`. Errors: TypeError for a type that has no form on the wire."""
    names_and_encoders = tuple((member.wire_name, _encoder(member.kind)) for member in members_of(shape))

    def encode(response: Shape) -> dict[str, object]:
        document: dict[str, object] = {}
        for (name, encoder), value in zip(names_and_encoders, response, strict=True):
            if value is not None:
                document[name] = value if encoder is None else encoder(value)
        return document

    return encode


def compile_members(shape: type[Shape]) -> dict[str, MemberEncoder]:
    """The encoders of single members, by their names on the wire."""
    members = members_of(shape)
    return {member.wire_name: MemberEncoder(place, _encoder(member.kind)) for place, member in enumerate(members)}


def _encoder(kind: Kind) -> Encode | None:
    """None where JSON already has the value's form."""
    if kind.base is bytes:
        return _base64
    if kind.element is not None:
        return _list_encoder(kind.element)
    return compile_response(kind.base) if is_structure(kind.base) else None


def _list_encoder(element: Kind) -> Encode | None:
    encode = _encoder(element)
    if encode is None:
        return None
    return lambda values: [encode(value) for value in values]


def _base64(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode("ascii")
