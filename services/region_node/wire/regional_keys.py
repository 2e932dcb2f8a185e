"""The SigV4 keys of a region that is not to have a secret: it verifies with them, and signs for itself alone.

Owns which services they are of, and how they stand behind one another.
"""

from collections.abc import Iterable

from services.region_node.wire.sigv4 import region_key, service_key

REGIONAL_KEYS = ("kms", "sts", "cloudtrail")
"""The services whose requests a region verifies that has no secret: of which it is given keys, in this order. More are
appended only: what was issued before has the first of them.

IAM is not among them. The home takes its requests whatever region they are signed for, so a region that could verify
one could sign one too, and make itself an access key.
"""
KEY_LENGTH = 32
_ISSUED = range(2, len(REGIONAL_KEYS) + 1)
"""Of so many services there have been bundles."""


def regional_keys(secret: bytes, dates: Iterable[str], region: str) -> bytes:
    """All that a region gets that is not to have the secret: kSigning for each of `REGIONAL_KEYS`, date by date."""
    keys = (region_key(secret, date, region) for date in dates)
    return b"".join(service_key(key, service) for key in keys for service in REGIONAL_KEYS)


def services_of(keys: bytes, dates: int) -> tuple[str, ...] | None:
    """The services that a bundle of so many dates has keys of; None for one of no known form."""
    services, rest = divmod(len(keys), dates * KEY_LENGTH)
    return REGIONAL_KEYS[:services] if not rest and services in _ISSUED else None


def regional_key(keys: bytes, dates: int, place: int, service: str) -> bytes | None:
    """Of a bundle for so many dates the key for the date at `place`; None where it has none of the service."""
    services = services_of(keys, dates)
    if services is None or service not in services:
        return None
    start = (place * len(services) + services.index(service)) * KEY_LENGTH
    return keys[start : start + KEY_LENGTH]
