"""The SigV4 keys of a region that is not to have a secret: it verifies with them, and signs for itself alone.

Owns which services they are of, and how they stand behind one another.
"""

from collections.abc import Iterable

from services.region_node.wire.sigv4 import region_key, service_key

REGIONAL_KEYS = ("kms", "sts")
"""The services whose requests a region verifies that has no secret: of which it is given keys, in this order.

IAM is not among them. The home takes its requests whatever region they are signed for, so a region that could verify
one could sign one too, and make itself an access key.
"""
KEY_LENGTH = 32


def regional_keys(secret: bytes, dates: Iterable[str], region: str) -> bytes:
    """All that a region gets that is not to have the secret: kSigning for each of `REGIONAL_KEYS`, date by date."""
    keys = (region_key(secret, date, region) for date in dates)
    return b"".join(service_key(key, service) for key in keys for service in REGIONAL_KEYS)


def regional_key(keys: bytes, place: int, service: str) -> bytes:
    """Of `regional_keys` that for the date at `place`."""
    start = (place * len(REGIONAL_KEYS) + REGIONAL_KEYS.index(service)) * KEY_LENGTH
    return keys[start : start + KEY_LENGTH]
