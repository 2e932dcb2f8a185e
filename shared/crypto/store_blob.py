"""The layout of a blob whose key lies in a custom key store: what another machine encrypted, and where its key is.

Owns the byte table (docs/ciphertext.md), writing it and reading it back, and what the other machine binds it to. The
first 65 bytes say where to look for the key, as in every blob; they are authenticated by that machine alone.
"""

from hashlib import sha256
from typing import NamedTuple

from shared.crypto.ciphertext_blob import MaterialIdentity, place_bytes
from shared.crypto.encryption_context import EncryptionContext, encode_context
from shared.errors import InvalidCiphertext

EXTERNAL = bytes.fromhex("01020201")
"""An external key over the key's own material: the ciphertext is a whole blob of its own."""
IN_CLUSTER = bytes.fromhex("01020202")
"""A key that lies in a cluster of HSMs."""
VERSIONS = frozenset({EXTERNAL, IN_CLUSTER})

TAG_LENGTH = 16
INITIALIZATION_VECTOR_LENGTHS = frozenset({12, 16})
MOST_METADATA = 20

PLACE_LENGTH = 65
_FIXED_LENGTH = PLACE_LENGTH + 2
OVERHEAD_MOST = _FIXED_LENGTH + 16 + TAG_LENGTH + MOST_METADATA


class ForeignCiphertext(NamedTuple):
    """What AES-GCM made in another machine. `metadata` is that machine's own and opaque here."""

    initialization_vector: bytes
    tag: bytes
    ciphertext: bytes
    metadata: bytes = b""


def bound(version: bytes, identity: MaterialIdentity, context: EncryptionContext) -> bytes:
    """The additional data for the other machine, 97 bytes: where the key is, and the hash of the encryption context.

    A hash, because proxies take 8,192 bytes and a context may be longer when it is encoded.
    """
    return place_bytes(version, identity) + sha256(encode_context(context)).digest()


def join(version: bytes, identity: MaterialIdentity, made: ForeignCiphertext) -> bytes:
    """The blob. Errors: ValueError for lengths that no blob has."""
    vector, tag, ciphertext, metadata = made
    if not _has_lengths(made):
        raise ValueError("no ciphertext of AES-GCM")
    lengths = bytes((len(vector), len(metadata)))
    return b"".join((place_bytes(version, identity), lengths, vector, tag, metadata, ciphertext))


def split(version: bytes, blob: bytes) -> ForeignCiphertext:
    """What the other machine made. Errors: InvalidCiphertext for whatever is no blob of `version`."""
    if blob[:4] != version or len(blob) < _FIXED_LENGTH:
        raise InvalidCiphertext
    vector_end = _FIXED_LENGTH + blob[PLACE_LENGTH]
    tag_end = vector_end + TAG_LENGTH
    metadata_end = tag_end + blob[PLACE_LENGTH + 1]
    made = ForeignCiphertext(
        blob[_FIXED_LENGTH:vector_end], blob[vector_end:tag_end], blob[metadata_end:], blob[tag_end:metadata_end]
    )
    if len(blob) <= metadata_end or not _has_lengths(made):
        raise InvalidCiphertext
    return made


def _has_lengths(made: ForeignCiphertext) -> bool:
    return (
        len(made.initialization_vector) in INITIALIZATION_VECTOR_LENGTHS
        and len(made.tag) == TAG_LENGTH
        and len(made.metadata) <= MOST_METADATA
        and len(made.ciphertext) > 0
    )
