"""Values of an entry in forms that JSON has, whatever they are.

Owns what is told of those that JSON has no form for: bytes are base64; a number that is none, or beyond 64 bits, is a
text; so is the name of a map's member. What nests too deep for readers of JSON is told as such.
"""

import math
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

DEPTH_MOST = 64
"""Levels. AWS's structures have less than ten; some readers of JSON take no more than a hundred."""
TOO_DEEP = "(nested too deep)"
_INTEGERS = range(-(1 << 63), 1 << 64)
"""Those that every writer of JSON here takes."""


def plain(value: Any, depth: int = 0) -> Any:
    """Never raises."""
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return TOO_DEEP if depth > DEPTH_MOST else _gathered(value, depth + 1)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return b64encode(value).decode()
    return f"({type(value).__name__})"


def plain_name(name: Any) -> str:
    """The name of a member."""
    told = plain(name)
    return told if isinstance(told, str) else str(told)


def _gathered(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {plain_name(name): plain(each, depth) for name, each in value.items()}
    return [plain(each, depth) for each in value]


def _text(text: str) -> str:
    """Half of a surrogate pair stands in no UTF-8."""
    return text.encode(errors="backslashreplace").decode()


def _number(number: float) -> int | float | str:
    if isinstance(number, int):
        return number if number in _INTEGERS else hex(number)
    return number if math.isfinite(number) else str(number)
