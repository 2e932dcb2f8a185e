"""Domain keys: what wraps the secrets of one region, bucket by bucket and epoch by epoch.

Owns wrapping and unwrapping. `binding` says what the secret is and whose: a wrapped secret that was moved to another
place in the log does not open there. Source: NIST SP 800-38D (AES-256-GCM); nonces are 96 random bits, so an epoch
is good for 2^32 secrets.
"""

import struct
from collections.abc import Mapping
from types import MappingProxyType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.crypto.entropy import random_bytes
from shared.crypto.wrapped_secret import (
    NONCE_LENGTH,
    MalformedWrappedSecret,
    WrappedSecret,
    additional_data,
    decode_wrapped_secret,
)
from shared.secrets import Secret

DOMAIN_KEY_LENGTH = 32


class SecretUnavailable(Exception):
    """The secret cannot be opened here: its key is not held, or the bytes, place or binding are not its own."""


class DomainKeys:
    """The domain keys held by a region, 32 bytes each, by bucket and epoch."""

    def __init__(self, keys: Mapping[tuple[int, int], Secret]) -> None:
        self._keys = dict(keys)
        self._newest: dict[int, int] = {}
        for bucket, epoch in self._keys:
            self._newest[bucket] = max(epoch, self._newest.get(bucket, epoch))

    def held(self) -> Mapping[tuple[int, int], Secret]:
        """Every key, by bucket and epoch, for the files that keep them."""
        return MappingProxyType(self._keys)

    def newest_epoch(self, bucket: int) -> int:
        """The epoch under which new secrets of `bucket` are wrapped. Errors: SecretUnavailable for an unknown one."""
        if bucket not in self._newest:
            raise SecretUnavailable(f"no domain key for bucket {bucket}")
        return self._newest[bucket]

    def wrap(self, bucket: int, secret: Secret, binding: str) -> bytes:
        """`secret` as a record of the region's own log may hold it. Errors: SecretUnavailable for an unknown bucket."""
        epoch = self.newest_epoch(bucket)
        nonce = random_bytes(NONCE_LENGTH)
        bound = additional_data(bucket, epoch, binding)
        sealed = AESGCM(self._keys[bucket, epoch].reveal()).encrypt(nonce, secret.reveal(), bound)
        return WrappedSecret(bucket, epoch, nonce, sealed).encode()

    def unwrap(self, wrapped: bytes, binding: str) -> Secret:
        """The secret inside `wrapped`. Errors: SecretUnavailable."""
        try:
            bucket, epoch, nonce, sealed = decode_wrapped_secret(wrapped)
            bound = additional_data(bucket, epoch, binding)
            return Secret(AESGCM(self._key(bucket, epoch).reveal()).decrypt(nonce, sealed, bound))
        except MalformedWrappedSecret as malformed:
            raise SecretUnavailable(str(malformed)) from None
        except (InvalidTag, ValueError, struct.error):
            raise SecretUnavailable("the secret does not open under its domain key and binding") from None

    def _key(self, bucket: int, epoch: int) -> Secret:
        key = self._keys.get((bucket, epoch))
        if key is None:
            raise SecretUnavailable(f"no domain key for bucket {bucket}, epoch {epoch}")
        return key
