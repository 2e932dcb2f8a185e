"""The secrets of a simulation: each follows from the id of its material, so that anybody can tell a wrong one.

Owns how they are wrapped and sealed here: not at all, but in forms that differ, so that a secret that is shared as it
is wrapped is found. Real sealing costs more than a whole world, and has tests of its own.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

from shared.crypto.wrapped_secret import NONCE_LENGTH, WrappedSecret, decode_wrapped_secret

CANARY = b"canary"


@lru_cache(maxsize=4096)
def secret_of(material_id: str) -> bytes:
    """32 bytes, the first of which are the canary that no shared log may show."""
    return CANARY + sha256(material_id.encode()).digest()[len(CANARY) :]


def wrapped(secret: bytes) -> bytes:
    return WrappedSecret(0, 1, bytes(NONCE_LENGTH), secret).encode()


def wrapped_of(material_id: str) -> bytes:
    return wrapped(secret_of(material_id))


def unwrapped(encoded: bytes) -> bytes:
    return decode_wrapped_secret(encoded).sealed


def sealed_to(region: str, secret: bytes) -> bytes:
    return region.encode() + b"/" + bytes(byte ^ 0xFF for byte in secret)


def sealed_for(material_id: str, regions: Iterable[str]) -> dict[str, bytes]:
    return {region: sealed_to(region, secret_of(material_id)) for region in regions}


def opened(region: str, sealed: bytes) -> bytes:
    """Errors: ValueError for what is sealed to another region."""
    to, _, hidden = sealed.partition(b"/")
    if to != region.encode():
        raise ValueError("it is sealed to another region")
    return bytes(byte ^ 0xFF for byte in hidden)
