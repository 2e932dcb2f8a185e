"""Signatures, each verified once a life, by the real code: all peers read the same records, again and again.

Owns the memory of what was found. It is forgotten before every life, for a bug may be planted in between.
"""

from functools import cache

from shared.crypto.region_identity import verify_signature


@cache
def verified(identity: bytes, message: bytes, signature: bytes) -> bool:
    """As `verify_signature`."""
    return verify_signature(identity, message, signature)


def forget_signatures() -> None:
    verified.cache_clear()
