"""Domain keys: what wraps the secrets of one region, bucket by bucket and epoch by epoch.

Owns wrapping and unwrapping, and which keys are held. `binding` says what the secret is and whose: a wrapped secret
that was moved to another place in the log does not open there. Source: NIST SP 800-38D (AES-256-GCM); nonces are 96
random bits, so an epoch is good for 2^32 secrets.
"""

import hashlib
import struct
from collections.abc import Callable, Mapping
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
FIRST_EPOCH = 1

Fetch = Callable[[int, int], Secret | None]
"""(bucket, epoch): the key, from where it is kept; None where it is not, or not any more."""


def fingerprint(bucket: int, epoch: int, key: Secret) -> bytes:
    """32 bytes that tell which domain key it is, and nothing of it: SHA-256 over label, bucket, epoch and key."""
    return hashlib.sha256(b"keytide/domain-key" + struct.pack(">IQ", bucket, epoch) + key.reveal()).digest()


class SecretUnavailable(Exception):
    """The secret cannot be opened here: its key is not held, or the bytes, place or binding are not its own."""


class DomainKeys:
    """The domain keys held by a region, 32 bytes each, by bucket and epoch. `fetch` finds one made since the start."""

    def __init__(self, keys: Mapping[tuple[int, int], Secret], fetch: Fetch = lambda _bucket, _epoch: None) -> None:
        self._keys = dict(keys)
        self._fetch = fetch
        self.buckets = 1 + max((bucket for bucket, _ in self._keys), default=-1)

    def held(self) -> Mapping[tuple[int, int], Secret]:
        """Every key in memory, by bucket and epoch."""
        return MappingProxyType(self._keys)

    def holds(self, bucket: int, epoch: int) -> bool:
        return self._find(bucket, epoch) is not None

    def add(self, bucket: int, epoch: int, key: Secret) -> None:
        self._keys[bucket, epoch] = key

    def keep_only(self, places: frozenset[tuple[int, int]]) -> bool:
        """Forget every key but those of `places` (bucket, epoch); whether there was any other."""
        gone = self._keys.keys() - places
        for place in gone:
            del self._keys[place]
        return bool(gone)

    def newest_epoch(self, bucket: int) -> int:
        """The greatest epoch held of `bucket`. Errors: SecretUnavailable for an unknown bucket."""
        epochs = [epoch for known, epoch in self._keys if known == bucket]
        if not epochs:
            raise SecretUnavailable(f"no domain key for bucket {bucket}")
        return max(epochs)

    def wrap(self, bucket: int, secret: Secret, binding: str, epoch: int | None = None, known_by: bytes = b"") -> bytes:
        """`secret` as a record of the region's own log may hold it, under `epoch`, or the newest that is held.

        Errors: SecretUnavailable for a key that is not held, or is another than the one that is `known_by` that
        fingerprint.
        """
        epoch = self.newest_epoch(bucket) if epoch is None else epoch
        key = self._key(bucket, epoch)
        if known_by and fingerprint(bucket, epoch, key) != known_by:
            raise SecretUnavailable(f"the key that is held is not that of bucket {bucket}, epoch {epoch}")
        nonce = random_bytes(NONCE_LENGTH)
        sealed = AESGCM(key.reveal()).encrypt(nonce, secret.reveal(), additional_data(bucket, epoch, binding))
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
        key = self._find(bucket, epoch)
        if key is None:
            raise SecretUnavailable(f"no domain key for bucket {bucket}, epoch {epoch}")
        return key

    def _find(self, bucket: int, epoch: int) -> Secret | None:
        key = self._keys.get((bucket, epoch))
        if key is None and (key := self._fetch(bucket, epoch)) is not None:
            self._keys[bucket, epoch] = key
        return key
