"""Responses of the query protocol: from a typed value to XML.

Owns the encoding: members that are None are left out, lists stand as `<member>`s, maps as `<entry>`s, times are
ISO 8601 in UTC, and what the type marks as `PercentEncoded` is.
"""

import re
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import quote
from xml.sax.saxutils import escape

from services.region_node.wire.member import Kind, Shape, is_structure, members_of
from shared.times import instant

Encode: TypeAlias = Callable[[Any], str]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold even escaped (section 2.2, Char)."""


def compile_query_response(shape: type[Shape]) -> Callable[[Shape], str]:
    """The encoder of `shape`: the elements of its members. Errors: TypeError for a type that has no form in XML."""
    names_and_encoders = tuple((member.wire_name, _encoder(member.kind)) for member in members_of(shape))

    def encode(response: Shape) -> str:
        members = zip(names_and_encoders, response, strict=True)
        return "".join(_enclosed(name, encoder(value)) for (name, encoder), value in members if value is not None)

    return encode


def element(name: str, text: str) -> str:
    """One element that holds a text."""
    return _enclosed(name, _escaped(text))


def _enclosed(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"


def _encoder(kind: Kind) -> Encode:
    if is_structure(kind.base):
        return compile_query_response(kind.base)
    if kind.element is not None:
        return _list_encoder(_encoder(kind.element))
    if kind.percent_encoded:
        return _percent_encoded
    if kind.base not in _SCALARS:
        raise TypeError(f"{kind.base!r} has no form in XML")
    return _SCALARS[kind.base]


def _list_encoder(encode: Encode) -> Encode:
    return lambda values: "".join(_enclosed("member", encode(value)) for value in values)


def _escaped(text: str) -> str:
    return escape(_FORBIDDEN.sub("?", text))


def _percent_encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _moment(seconds: float) -> str:
    return instant(int(seconds) * 1000)


def _map(values: dict[str, str]) -> str:
    return "".join(_enclosed("entry", element("key", key) + element("value", value)) for key, value in values.items())


_SCALARS: dict[type, Encode] = {str: _escaped, int: str, bool: _boolean, float: _moment, dict: _map}
