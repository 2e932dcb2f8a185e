"""The one encoding of a secret inside a region's own records: sealed under a domain key.

Owns the bytes of `WrappedSecret`: a msgpack array of format version, domain bucket, epoch, nonce (12 bytes) and sealed
bytes (the secret and a 16-byte tag). A wrapped 32-byte secret takes about 70 bytes.
"""

import struct
from typing import NamedTuple

import msgpack

FORMAT_VERSION = 1
NONCE_LENGTH = 12


class MalformedWrappedSecret(ValueError):
    """The bytes are no wrapped secret of a version known here."""


class WrappedSecret(NamedTuple):
    """A secret sealed under the domain key of `bucket` and `epoch`."""

    bucket: int
    epoch: int
    nonce: bytes
    sealed: bytes

    def encode(self) -> bytes:
        encoded: bytes = msgpack.packb((FORMAT_VERSION, *self))
        return encoded


def decode_wrapped_secret(wrapped: bytes) -> WrappedSecret:
    """Read what `WrappedSecret.encode` wrote. Errors: MalformedWrappedSecret."""
    try:
        version, bucket, epoch, nonce, sealed = msgpack.unpackb(wrapped)
    except Exception:
        raise MalformedWrappedSecret("not a wrapped secret") from None
    types = tuple(map(type, (version, bucket, epoch, nonce, sealed)))
    if version != FORMAT_VERSION or types != (int, int, int, bytes, bytes) or len(nonce) != NONCE_LENGTH:
        raise MalformedWrappedSecret("not a wrapped secret of a known version")
    secret = WrappedSecret(bucket, epoch, nonce, sealed)
    if secret.encode() != wrapped:
        raise MalformedWrappedSecret("not the one encoding of a wrapped secret")
    return secret


def additional_data(bucket: int, epoch: int, binding: str) -> bytes:
    """What a wrapped secret is bound to: label, format version, bucket, epoch and, last, the binding's UTF-8."""
    return b"keytide/wrapped" + struct.pack(">BIQ", FORMAT_VERSION, bucket, epoch) + binding.encode()
