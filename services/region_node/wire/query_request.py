"""Requests of the query protocol: from a form's tree to a typed value, or AWS's refusal.

Owns the way from texts to the values that JSON would have brought: lists stand under `member.1`, `member.2` and so on,
numbers and booleans are texts. What the values have to keep is checked by `request_shape.py`, for both protocols alike.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from services.region_node.wire.member import Kind, Shape, is_structure, members_of
from services.region_node.wire.request_shape import compile_request
from shared.errors import SerializationFailed

Read: TypeAlias = Callable[[Any, str], object]
"""(a text or a tree, its path) -> the value as JSON would have it."""

MOST_DIGITS = 18
_BOOLEANS: Mapping[str, bool] = {"true": True, "false": False}


def compile_query_request(shape: type[Shape]) -> Callable[[Mapping[str, object]], Shape]:
    """The decoder of `shape`. Errors: TypeError for a type that no form can bring.

    Errors of the decoder: SerializationFailed, ValidationFailed.
    """
    read, decode = _structure_reader(shape, ""), compile_request(shape)
    return lambda form: decode(read(form, ""))


def _structure_reader(shape: type[Shape], separator: str) -> Read:
    readers = {member.wire_name: (separator + member.path, _reader(member.kind)) for member in members_of(shape)}

    def read_structure(node: Any, prefix: str) -> object:
        if type(node) is not dict:
            raise _misplaced(prefix)
        known = ((name, readers[name], value) for name, value in node.items() if name in readers)
        return {name: read(value, prefix + path) for name, (path, read), value in known}

    return read_structure


def _reader(kind: Kind) -> Read:
    if is_structure(kind.base):
        return _structure_reader(kind.base, ".")
    if kind.element is not None:
        return _list_reader(_reader(kind.element))
    if kind.base not in _SCALARS:
        raise TypeError(f"{kind.base!r} is nothing that a form brings")
    return _SCALARS[kind.base]


def _list_reader(read: Read) -> Read:
    def read_list(node: Any, path: str) -> object:
        if node == "":
            return []
        members = node.get("member") if type(node) is dict else None
        if type(members) is not dict or len(node) > 1:
            raise _misplaced(path)
        return [read(members[number], f"{path}.{number}") for number in sorted(members, key=_number)]

    return read_list


def _number(text: str) -> int:
    """The place of a list's member, from 1. Gaps are closed, as AWS does."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise SerializationFailed(f"A member of a list is numbered, not '{text}'.")
    return int(text)


def _text(node: Any, path: str) -> str:
    if type(node) is not str:
        raise _misplaced(path)
    return node


def _integer(node: Any, path: str) -> int:
    text = _text(node, path)
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS):
        raise SerializationFailed(f"The value '{text}' at '{path}' is no integer.")
    return int(text)


def _boolean(node: Any, path: str) -> bool:
    text = _text(node, path)
    if text.lower() not in _BOOLEANS:
        raise SerializationFailed(f"The value '{text}' at '{path}' is neither true nor false.")
    return _BOOLEANS[text.lower()]


_SCALARS: Mapping[type, Read] = {str: _text, int: _integer, bool: _boolean}
"""No request of IAM or STS has times, maps or blobs."""


def _misplaced(path: str) -> SerializationFailed:
    return SerializationFailed(f"The value at '{path}' has not the form of its type.")
