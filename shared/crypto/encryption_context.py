"""The canonical bytes of an encryption context.

Owns the one encoding of it: two contexts give the same bytes only if they hold exactly the same pairs.
"""

from collections.abc import Mapping
from typing import TypeAlias

EncryptionContext: TypeAlias = Mapping[str, str]

EMPTY = bytes(4)


def encode_context(context: EncryptionContext) -> bytes:
    """The number of pairs, then the pairs in the order of their keys' UTF-8, each text behind its length.

    Numbers are 4 bytes, big-endian. Nothing is folded or normalized: case and spelling count, as at AWS.
    Errors: ValueError for text that has no UTF-8 (a lone surrogate).
    """
    if not context:
        return EMPTY
    pairs = sorted([(key.encode(), value.encode()) for key, value in context.items()])
    parts = [len(pairs).to_bytes(4, "big")]
    for key, value in pairs:
        parts += (len(key).to_bytes(4, "big"), key, len(value).to_bytes(4, "big"), value)
    return b"".join(parts)
