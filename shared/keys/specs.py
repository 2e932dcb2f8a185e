"""The one table of what keys there are: key spec, key usage, and the algorithms of each pair.

Owns which combinations exist. The order of the algorithms is visible to
clients (cosign takes the first signing algorithm of DescribeKey): PKCS #1 before PSS, the shortest hash first, as AWS.
Source: AWS KMS Developer Guide, "Key spec reference".
"""

from collections.abc import Mapping

from shared.errors import ValidationFailed

SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT"
ENCRYPT_DECRYPT = "ENCRYPT_DECRYPT"
SIGN_VERIFY = "SIGN_VERIFY"
GENERATE_VERIFY_MAC = "GENERATE_VERIFY_MAC"
KEY_AGREEMENT = "KEY_AGREEMENT"
ENCAPSULATE_DECAPSULATE = "ENCAPSULATE_DECAPSULATE"

AWS_KMS = "AWS_KMS"
EXTERNAL = "EXTERNAL"
MULTI_REGION_ORIGINS = frozenset((AWS_KMS, EXTERNAL))
"""What lies in a custom key store is of one region."""

_RSA = {
    ENCRYPT_DECRYPT: ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"),
    SIGN_VERIFY: (
        "RSASSA_PKCS1_V1_5_SHA_256",
        "RSASSA_PKCS1_V1_5_SHA_384",
        "RSASSA_PKCS1_V1_5_SHA_512",
        "RSASSA_PSS_SHA_256",
        "RSASSA_PSS_SHA_384",
        "RSASSA_PSS_SHA_512",
    ),
}
_ML_DSA = {SIGN_VERIFY: ("ML_DSA_SHAKE_256",)}
_ML_KEM = {ENCAPSULATE_DECAPSULATE: ("ML_KEM",)}

ALGORITHMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    SYMMETRIC_DEFAULT: {ENCRYPT_DECRYPT: (SYMMETRIC_DEFAULT,)},
    "RSA_2048": _RSA,
    "RSA_3072": _RSA,
    "RSA_4096": _RSA,
    "ECC_NIST_P256": {SIGN_VERIFY: ("ECDSA_SHA_256",), KEY_AGREEMENT: ("ECDH",)},
    "ECC_NIST_P384": {SIGN_VERIFY: ("ECDSA_SHA_384",), KEY_AGREEMENT: ("ECDH",)},
    "ECC_NIST_P521": {SIGN_VERIFY: ("ECDSA_SHA_512",), KEY_AGREEMENT: ("ECDH",)},
    "ECC_SECG_P256K1": {SIGN_VERIFY: ("ECDSA_SHA_256",)},
    "ECC_NIST_EDWARDS25519": {SIGN_VERIFY: ("ED25519_SHA_512", "ED25519_PH_SHA_512")},
    "ML_DSA_44": _ML_DSA,
    "ML_DSA_65": _ML_DSA,
    "ML_DSA_87": _ML_DSA,
    "ML_KEM_512": _ML_KEM,
    "ML_KEM_768": _ML_KEM,
    "ML_KEM_1024": _ML_KEM,
    "HMAC_224": {GENERATE_VERIFY_MAC: ("HMAC_SHA_224",)},
    "HMAC_256": {GENERATE_VERIFY_MAC: ("HMAC_SHA_256",)},
    "HMAC_384": {GENERATE_VERIFY_MAC: ("HMAC_SHA_384",)},
    "HMAC_512": {GENERATE_VERIFY_MAC: ("HMAC_SHA_512",)},
    "SM2": {ENCRYPT_DECRYPT: ("SM2PKE",), SIGN_VERIFY: ("SM2DSA",), KEY_AGREEMENT: ("ECDH",)},
}
"""Key spec -> key usage -> algorithms. A pair that is not here does not exist."""
USAGES = frozenset(usage for of_spec in ALGORITHMS.values() for usage in of_spec)


def usage_of(spec: str, usage: str | None) -> str:
    """The usage of a new key of `spec` for which the client asked `usage`, perhaps nothing.

    Errors: ValidationFailed where the usage is missing or does not fit the spec.
    """
    if usage is None:
        if spec == SYMMETRIC_DEFAULT:
            return ENCRYPT_DECRYPT
        raise ValidationFailed(
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        )
    if usage not in ALGORITHMS[spec]:
        raise ValidationFailed(f"KeyUsage {usage} is not compatible with KeySpec {spec}")
    return usage


def key_type(spec: str) -> str:
    """`symmetric`, `hmac` or `asymmetric`: an alias only ever moves between keys of one type."""
    if spec == SYMMETRIC_DEFAULT:
        return "symmetric"
    return "hmac" if spec.startswith("HMAC_") else "asymmetric"
