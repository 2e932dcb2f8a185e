"""How key material may travel from a client to its key: wrapping key spec, wrapping algorithm, and the key spec.

Owns the one table and every refusal. Source: AWS KMS Developer Guide, "Importing key material", steps 1 and 2.
"""

from collections.abc import Mapping

from shared.errors import UnsupportedOperation
from shared.keys.specs import SYMMETRIC_DEFAULT

OAEP = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
"""The wrapping key encrypts the material itself (RFC 8017, section 7.1)."""
RSA_AES = ("RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256")
"""It encrypts an AES-256 key of the client, and that one wraps the material (RFC 5649)."""

WRAPPING_KEY_SIZES: Mapping[str, int] = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}
"""Wrapping key spec -> bits of the modulus."""

_RAW = (SYMMETRIC_DEFAULT, "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512")
_RSA = ("RSA_2048", "RSA_3072", "RSA_4096")
_CURVES = ("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519", "SM2")

WRAPPING_ALGORITHMS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_RAW, OAEP),
    **dict.fromkeys(_RSA, RSA_AES),
    **dict.fromkeys(_CURVES, OAEP + RSA_AES),
}
"""Key spec -> wrapping algorithms. A key spec that is not here takes no imported material."""

_TOO_LONG_FOR_OAEP = {"ECC_NIST_P521": "RSA_2048"}
"""Key spec -> a wrapping key spec that holds too little for it."""

_CHINA = "{what} {value} is available in the China Regions of AWS alone. Use a wrapping key of RSA."
_RETIRED = "The wrapping algorithm RSAES_PKCS1_V1_5 is no longer supported. Use RSAES_OAEP_SHA_256."


def require_importable_spec(spec: str) -> None:
    """Refuse a key spec whose material no client may bring. Errors: UnsupportedOperation."""
    if spec not in WRAPPING_ALGORITHMS:
        raise UnsupportedOperation(f"KeySpec {spec} does not support imported key material.")


def require_wrapping(spec: str, algorithm: str, wrapping_key_spec: str) -> None:
    """Refuse what cannot bring material of `spec` here. Errors: UnsupportedOperation."""
    if wrapping_key_spec not in WRAPPING_KEY_SIZES:
        raise UnsupportedOperation(_CHINA.format(what="WrappingKeySpec", value=wrapping_key_spec))
    if algorithm == "SM2PKE":
        raise UnsupportedOperation(_CHINA.format(what="WrappingAlgorithm", value=algorithm))
    if algorithm == "RSAES_PKCS1_V1_5":
        raise UnsupportedOperation(_RETIRED)
    if algorithm not in WRAPPING_ALGORITHMS[spec]:
        raise UnsupportedOperation(f"WrappingAlgorithm {algorithm} is not valid for key material of {spec}.")
    if algorithm in OAEP and _TOO_LONG_FOR_OAEP.get(spec) == wrapping_key_spec:
        raise UnsupportedOperation(
            f"WrappingKeySpec {wrapping_key_spec} cannot wrap key material of {spec} with {algorithm}."
        )
