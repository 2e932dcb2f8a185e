"""The one table of how heavy the cryptography of each key spec is.

Owns what is done at once and what is left to the threads of `services/region_node/worker/threads.py`. The figures are
the least milliseconds on one core of the machine of docs/benchmarks.md, with the libraries of the lock file.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.region_node.worker.threads import Weight

_LIGHT, _HEAVY, _SLOW = Weight.LIGHT, Weight.HEAVY, Weight.SLOW


class Weights(NamedTuple):
    """Of making a key, of using its secret half, of using its public half alone, and of showing that half."""

    make: Weight = _LIGHT
    secret: Weight = _LIGHT
    public: Weight = _LIGHT
    show: Weight = _LIGHT


_RSA = Weights(make=_SLOW, secret=_HEAVY)
"""Making 60, 140, 250 on average; signing and decrypting 0.24, 0.67, 1.4; verifying and encrypting 0.02 to 0.07."""
_ML_DSA = Weights(secret=_HEAVY)
"""Signing 0.2 to 0.5, and two or three times that on average; verifying 0.1 to 0.26."""
_LARGE_CURVE = Weights(secret=_HEAVY, public=_HEAVY)
"""Making 0.15 to 0.3, under Python's lock; signing 0.2 to 0.33, agreeing 0.3 to 0.4, verifying 0.3 to 0.46."""
_SM2 = Weights(make=_HEAVY, secret=_HEAVY, public=_HEAVY, show=_HEAVY)
"""Encrypting, decrypting, agreeing, and finding the public half, once for a key that is opened, 14 to 20, in Python;
signing 2.7."""
_QUICK = Weights()
"""P-256, Ed25519 and ML-KEM: 0.02 to 0.1, verifying Ed25519ph 0.28. HMAC and AES: some microseconds."""

WEIGHTS: Mapping[str, Weights] = {
    "SYMMETRIC_DEFAULT": _QUICK,
    "RSA_2048": _RSA,
    "RSA_3072": _RSA,
    "RSA_4096": _RSA,
    "ECC_NIST_P256": _QUICK,
    "ECC_NIST_P384": _LARGE_CURVE,
    "ECC_NIST_P521": _LARGE_CURVE,
    "ECC_SECG_P256K1": _LARGE_CURVE,
    "ECC_NIST_EDWARDS25519": _QUICK,
    "ML_DSA_44": _ML_DSA,
    "ML_DSA_65": _ML_DSA,
    "ML_DSA_87": _ML_DSA,
    "ML_KEM_512": _QUICK,
    "ML_KEM_768": _QUICK,
    "ML_KEM_1024": _QUICK,
    "HMAC_224": _QUICK,
    "HMAC_256": _QUICK,
    "HMAC_384": _QUICK,
    "HMAC_512": _QUICK,
    "SM2": _SM2,
}
"""Key spec -> weights."""


def heaviest(*weights: Weight) -> Weight:
    return max(weights, key=tuple(Weight).index)
