"""One opened key of every spec, made once: RSA keys take long to make."""

from functools import cache
from importlib.util import find_spec

from shared.crypto.key_material import generate_material, open_key
from shared.crypto.opened_key import DIGEST, EXTERNAL_MU, RAW, OpenedKey
from shared.keys.specs import ALGORITHMS, SYMMETRIC_DEFAULT
from shared.secrets import Secret

SM2_INSTALLED = find_spec("gmssl_pyx") is not None
NOT_OPENED = {SYMMETRIC_DEFAULT} if SM2_INSTALLED else {SYMMETRIC_DEFAULT, "SM2"}
OPENED_SPECS = tuple(spec for spec in ALGORITHMS if spec not in NOT_OPENED)
"""Without the packages of the extra sm2, `tests/vectors/test_sm2_vectors.py` says loudly that SM2 was not tested."""

DIGEST_LENGTHS = {"SHA_256": 32, "SHA_384": 48, "SHA_512": 64, "SM2DSA": 32}


def material(spec: str, number: int = 0) -> Secret:
    """The same secret for the same number."""
    return _made(spec, number)[0]


def opened(spec: str, number: int = 0) -> OpenedKey:
    return _made(spec, number)[1]


@cache
def _made(spec: str, _number: int) -> tuple[Secret, OpenedKey]:
    secret = generate_material(spec)
    return secret, open_key(spec, secret)


def algorithms(usage: str) -> list[tuple[str, str]]:
    """Every spec of the usage with every algorithm."""
    return [(spec, algorithm) for spec in OPENED_SPECS for algorithm in ALGORITHMS[spec].get(usage, ())]


def lengths_taken(algorithm: str) -> dict[str, int | None]:
    """Message type -> the length that the message must have. AWS KMS API reference, Sign, MessageType."""
    if algorithm == "ED25519_SHA_512":
        return {RAW: None}
    if algorithm == "ED25519_PH_SHA_512":
        return {DIGEST: 64}
    if algorithm == "ML_DSA_SHAKE_256":
        return {RAW: None, EXTERNAL_MU: 64}
    return {RAW: None, DIGEST: DIGEST_LENGTHS[algorithm[-7:] if "SHA" in algorithm else algorithm]}
