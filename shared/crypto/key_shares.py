"""A key in shares: any `threshold` of them give it again, and fewer say nothing about it.

Owns the split of 32 bytes (Shamir, "How to Share a Secret", CACM 1979), which pycryptodome does in GF(2^128): its
blocks have 16 bytes, so a key is two of them, split with polynomials of their own. A share is the two values at one
place, 32 bytes. The scheme cannot tell a false share: a commitment, the SHA-256 of the share, is kept beside the
archive for each. A share is 32 uniform bytes, so that its hash gives nothing away.
"""

import hashlib
import hmac
from collections.abc import Mapping

from shared.secrets import Secret

KEY_BYTES = 32
MOST_SHARES = 255
_BLOCK_BYTES = 16
_LABEL = b"keytide/key-share/1"


def split_key(key: Secret, threshold: int, count: int) -> tuple[Secret, ...]:
    """`count` shares, of the places 1, 2, …; each has 32 bytes.

    Errors: ValueError for a key of another length, or a threshold that is not from 1 to `count`.
    """
    from Crypto.Protocol.SecretSharing import Shamir  # few processes need it, and all would load it

    value = key.reveal()
    if len(value) != KEY_BYTES or not 1 <= threshold <= count <= MOST_SHARES:
        raise ValueError("32 bytes are split into at most 255 shares, of which at least one and at most all are needed")
    halves = [Shamir.split(threshold, count, value[start : start + _BLOCK_BYTES]) for start in (0, _BLOCK_BYTES)]
    return tuple(Secret(first + second) for (_, first), (_, second) in zip(*halves, strict=True))


def combine_key(shares: Mapping[int, Secret]) -> Secret:
    """The key, from exactly as many shares, by their places, as the threshold says. Others give another key."""
    from Crypto.Protocol.SecretSharing import Shamir

    values = {place: share.reveal() for place, share in shares.items()}
    halves = [
        Shamir.combine([(place, value[start : start + _BLOCK_BYTES]) for place, value in values.items()])
        for start in (0, _BLOCK_BYTES)
    ]
    return Secret(b"".join(halves))


def commitment(archive: str, place: int, share: Secret) -> bytes:
    """What tells this share of the archive's key from every other: 32 bytes."""
    return hashlib.sha256(_LABEL + bytes.fromhex(archive) + bytes((place,)) + share.reveal()).digest()


def is_committed(committed: bytes, archive: str, place: int, share: Secret) -> bool:
    return hmac.compare_digest(committed, commitment(archive, place, share))
