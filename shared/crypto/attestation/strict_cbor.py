"""CBOR (RFC 8949) in the one form that Nitro writes.

Owns the strict reading: one value, in preferred serialization, shallow, without tags. Each value then has one encoding,
so nothing is said twice or hidden behind the end. The outermost map alone may have an indefinite length: documents of
both kinds have come with it since 2025, and without it before.
"""

from collections.abc import Callable
from typing import Any

import cbor2

_DEPTH = 2
_INDEFINITE_MAP, _BREAK = b"\xbf", b"\xff"


class _NoTags(dict[int, Callable[[Any, bool], Any]]):
    """For every tag a decoder that refuses it: cbor2 would otherwise build dates, patterns and messages of them."""

    def __missing__(self, tag: int) -> Callable[[Any, bool], Any]:
        def refuse(_value: Any, _immutable: bool) -> Any:
            raise ValueError(f"tag {tag}")

        return refuse


_NO_TAGS = _NoTags()


def decode(data: bytes) -> object:
    """The value that `data` encodes. Errors: ValueError."""
    try:
        value = cbor2.loads(data, max_depth=_DEPTH, semantic_decoders=_NO_TAGS)
        preferred = cbor2.dumps(value)
    except cbor2.CBORError as error:
        raise ValueError("the bytes are not CBOR of this form") from error
    if data not in (preferred, _INDEFINITE_MAP + preferred[1:] + _BREAK):
        raise ValueError("the bytes are not the preferred serialization")
    return value


def encode(value: object) -> bytes:
    return cbor2.dumps(value)
