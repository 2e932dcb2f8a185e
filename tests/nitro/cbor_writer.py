"""CBOR (RFC 8949), written by hand: any form may be written, also those that a strict reader must refuse."""

from collections.abc import Iterable

NULL = b"\xf6"
BREAK = b"\xff"
INDEFINITE_MAP = b"\xbf"

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(7)


def unsigned(value: int) -> bytes:
    return _head(_UNSIGNED, value)


def negative(value: int) -> bytes:
    """`value` is below zero."""
    return _head(_NEGATIVE, -1 - value)


def byte_string(content: bytes) -> bytes:
    return _head(_BYTES, len(content)) + content


def text(content: str) -> bytes:
    return _head(_TEXT, len(content.encode())) + content.encode()


def array(*encoded: bytes) -> bytes:
    return _head(_ARRAY, len(encoded)) + b"".join(encoded)


def mapping(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Of encoded keys and values, in the order given."""
    items = [key + value for key, value in pairs]
    return _head(_MAP, len(items)) + b"".join(items)


def indefinite_mapping(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    return INDEFINITE_MAP + b"".join(key + value for key, value in pairs) + BREAK


def tagged(tag: int, encoded: bytes) -> bytes:
    return _head(_TAG, tag) + encoded


def _head(major: int, argument: int) -> bytes:
    if argument < 24:
        return bytes([major << 5 | argument])
    for additional, length in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << 8 * length:
            return bytes([major << 5 | additional]) + argument.to_bytes(length, "big")
    raise ValueError(argument)
