"""What things cost: prices as data, AWS's public figures as the default.

Owns the figures, what AWS's page says of each, and the classes of requests. Money is whole micro-dollars everywhere, so
that sums are exact. What AWS's page does not say is marked: `UNCONFIRMED` lists it, and the command repeats it.
Source: https://aws.amazon.com/kms/pricing/ ("Key storage", "Key usage", "Free tier"); regions differ little, and the
figures are those of us-east-1.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from shared.keys.specs import SYMMETRIC_DEFAULT
from shared.usage.operations import CRYPTOGRAPHIC_USES, DATA_KEY_PAIRS

MICRO: Final = 1_000_000
PER_REQUESTS: Final = 10_000
"""Requests are priced by so many."""

SYMMETRIC: Final = "symmetric"
RSA_2048: Final = "RSA 2048"
ASYMMETRIC: Final = "asymmetric"
ECC_PAIR: Final = "ECC data key pair"
RSA_PAIR: Final = "RSA data key pair"
CLASSES: Final = (SYMMETRIC, RSA_2048, ASYMMETRIC, ECC_PAIR, RSA_PAIR)

SOURCE: Final = "AWS KMS pricing, https://aws.amazon.com/kms/pricing/, as of 2026-11-27"
QUOTED: Final[Mapping[str, str]] = {
    "key_month": "Each AWS KMS key that you create in AWS KMS costs $1/month (prorated hourly)",
    "rotation_month": "the first and second rotation of the key adds $1/month (prorated hourly) in cost",
    "rotations_most": "This price increase is capped at the second rotation",
    "free_requests": "a free tier of 20,000 requests/month calculated across all regions",
    SYMMETRIC: "$0.03 per 10,000 requests",
    RSA_2048: "$0.03 per 10,000 requests involving RSA 2048 keys",
    ASYMMETRIC: "$0.15 per 10,000 asymmetric requests except RSA 2048",
    ECC_PAIR: "$0.10 per 10,000 ECC GenerateDataKeyPair requests",
    RSA_PAIR: "$12.00 per 10,000 RSA GenerateDataKeyPair requests",
}
"""Figure or class -> what the page says of it, in copies and quotations of it that were looked at on that day. AWS's
price list agrees with the classes: its usage types KMS-Requests, -Asymmetric-RSA_2048, -Asymmetric,
-GenerateDatakeyPair-ECC and -GenerateDatakeyPair-RSA."""
UNCONFIRMED: Final = (
    "requests with HMAC keys cost what those with symmetric ones do, with ML-DSA, ML-KEM and SM2 keys what those with "
    "other asymmetric ones do, SM2 data key pairs what ECC ones do",
    "each replica of a rotated multi-region key pays for the rotations too",
    "an hour that has begun counts, and a month has the hours that it has",
    "requests that are refused, or meet a fault, cost nothing; ReEncrypt is one request, of its source key",
)


class Prices(NamedTuple):
    """All in micro-dollars. `rotations_most`: so many rotations of a key add `rotation_month`, the later ones nothing.

    `requests`: of `PER_REQUESTS`, by class. `free_requests`: a month, for each account, of the class SYMMETRIC.
    """

    key_month: int = MICRO
    rotation_month: int = MICRO
    rotations_most: int = 2
    requests: Mapping[str, int] = {
        SYMMETRIC: 30_000,
        RSA_2048: 30_000,
        ASYMMETRIC: 150_000,
        ECC_PAIR: 100_000,
        RSA_PAIR: 12_000_000,
    }
    free_requests: int = 20_000
    source: str = SOURCE


DEFAULT: Final = Prices()

_WITH_PUBLIC_HALF = frozenset({*CRYPTOGRAPHIC_USES, "GetPublicKey"})
"""Operations that cost more with an asymmetric key. Source: as above, the footnote on the free tier."""
_HMAC = "HMAC_"


def class_of(operation: str, key_spec: str, detail: str) -> str:
    """The class of a request. `key_spec` "": of no key, or of one that is not known any more."""
    if operation in DATA_KEY_PAIRS:
        return RSA_PAIR if detail.startswith("RSA") else ECC_PAIR
    if operation not in _WITH_PUBLIC_HALF or key_spec in ("", SYMMETRIC_DEFAULT) or key_spec.startswith(_HMAC):
        return SYMMETRIC
    return RSA_2048 if key_spec == RSA_2048.replace(" ", "_") else ASYMMETRIC
