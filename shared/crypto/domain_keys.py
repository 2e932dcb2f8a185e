"""Domain keys: what wraps the secrets of one region, bucket by bucket and epoch by epoch.

Owns wrapping and unwrapping, and which keys are held. One that was made for an epoch that the log has not opened yet is
not held: it wraps nothing before the log names its fingerprint, since the epoch may get another one. `binding` says
what the secret is and whose: a wrapped secret that was moved to another place in the log does not open there. Source:
NIST SP 800-38D (AES-256-GCM); nonces are 96 random bits, so an epoch is good for 2^32 secrets.
"""

import hashlib
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
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
Fresh = Callable[[int, int], Sequence[Secret]]
"""(bucket, epoch): the keys that were made for the epoch and wait for the log to say which of them is its key."""


def fingerprint(bucket: int, epoch: int, key: Secret) -> bytes:
    """32 bytes that tell which domain key it is, and nothing of it: SHA-256 over label, bucket, epoch and key."""
    return hashlib.sha256(b"keytide/domain-key" + struct.pack(">IQ", bucket, epoch) + key.reveal()).digest()


class SecretUnavailable(Exception):
    """The secret cannot be opened here: its key is not held, or the bytes, place or binding are not its own."""


class DomainKeys:
    """The domain keys held by a region, 32 bytes each, by bucket and epoch. `fetch` finds one made since the start."""

    def __init__(
        self,
        keys: Mapping[tuple[int, int], Secret],
        fetch: Fetch = lambda _bucket, _epoch: None,
        fresh: Fresh = lambda _bucket, _epoch: (),
    ) -> None:
        self._keys = dict(keys)
        self._fetch, self._fresh = fetch, fresh
        self.buckets = 1 + max((bucket for bucket, _ in self._keys), default=-1)

    def held(self) -> Mapping[tuple[int, int], Secret]:
        """Every key in memory, by bucket and epoch."""
        return MappingProxyType(self._keys)

    def holds(self, bucket: int, epoch: int, known_by: bytes = b"") -> bool:
        """`known_by`: the fingerprint that the key must have, where the log tells one."""
        return self._find(bucket, epoch, known_by) is not None

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

        Errors: SecretUnavailable where the key that is `known_by` that fingerprint is not held.
        """
        epoch = self.newest_epoch(bucket) if epoch is None else epoch
        key = self._find(bucket, epoch, known_by)
        if key is None:
            raise SecretUnavailable(f"no domain key for bucket {bucket}, epoch {epoch}")
        nonce = random_bytes(NONCE_LENGTH)
        sealed = AESGCM(key.reveal()).encrypt(nonce, secret.reveal(), additional_data(bucket, epoch, binding))
        return WrappedSecret(bucket, epoch, nonce, sealed).encode()

    def unwrap(self, wrapped: bytes, binding: str) -> Secret:
        """The secret inside `wrapped`. Errors: SecretUnavailable."""
        try:
            opened = decode_wrapped_secret(wrapped)
        except MalformedWrappedSecret as malformed:
            raise SecretUnavailable(str(malformed)) from None
        keys = self._keys_of(opened.bucket, opened.epoch)
        for key in keys:
            with suppress(InvalidTag, ValueError, struct.error):
                bound = additional_data(opened.bucket, opened.epoch, binding)
                return Secret(AESGCM(key.reveal()).decrypt(opened.nonce, opened.sealed, bound))
        if not keys:
            raise SecretUnavailable(f"no domain key for bucket {opened.bucket}, epoch {opened.epoch}")
        raise SecretUnavailable("the secret does not open under its domain key and binding")

    def _keys_of(self, bucket: int, epoch: int) -> Sequence[Secret]:
        """The epoch's key; before it has its place, all that may be it: what one opens, that one has wrapped."""
        if (bucket, epoch) in self._keys:
            return (self._keys[bucket, epoch],)
        waiting = self._fresh(bucket, epoch)  # first: a key that takes its place meanwhile is found there then
        key = self._find(bucket, epoch)
        return waiting if key is None else (key,)

    def _find(self, bucket: int, epoch: int, known_by: bytes = b"") -> Secret | None:
        """The key, `known_by` that fingerprint where one is told. Where none is, no fresh key is the epoch's."""
        key = self._keys.get((bucket, epoch))
        if key is not None and _fits(bucket, epoch, key, known_by):
            return key
        waiting = self._fresh(bucket, epoch) if known_by else ()
        candidates = (*waiting, self._fetch(bucket, epoch))
        found = (one for one in candidates if one is not None and _fits(bucket, epoch, one, known_by))
        if (key := next(found, None)) is not None:
            self._keys[bucket, epoch] = key
        return key


def _fits(bucket: int, epoch: int, key: Secret, known_by: bytes) -> bool:
    return not known_by or fingerprint(bucket, epoch, key) == known_by
