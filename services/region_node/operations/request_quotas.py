"""How many requests a second an account may make, and what a request counts as.

Owns the one table. Most operations have a quota of their own, named after them; the cryptographic ones share quotas by
the kind of key, and data key pairs by their spec. Both are read from the request, so that a request counts before
anything is looked up, however it ends. Source: AWS KMS Developer Guide, "Request quotas"; IAM User Guide, "IAM and AWS
STS quotas"; ML-KEM, which the guide does not list, counts as the other asymmetric kinds do.
"""

from collections.abc import Mapping

SYMMETRIC, RSA, ECC, ML_DSA, ML_KEM = "SYMMETRIC", "RSA", "ECC", "ML_DSA", "ML_KEM"
PAIR = "_KEY_PAIR"
KEY_STORE = "CUSTOM_KEY_STORE"
"""Of each store by itself, and known only once the key is: see `Throttle.count_in_store`."""

_SHARED: Mapping[str, int] = {
    SYMMETRIC: 10_000,
    RSA: 1_000,
    ECC: 1_000,
    ML_DSA: 1_000,
    ML_KEM: 1_000,
    ECC + PAIR: 100,
    ML_KEM + PAIR: 100,
    "SM2" + PAIR: 25,
    "RSA_2048" + PAIR: 20,
    "RSA_3072" + PAIR: 4,
    "RSA_4096" + PAIR: 1,
    KEY_STORE: 1_800,
}
"""AWS gives 10,000, 20,000 or 100,000 symmetric requests, by region: here the least."""

_OWN: Mapping[int, tuple[str, ...]] = {
    2_000: ("DescribeKey", "GetPublicKey", "ListResourceTags"),
    1_000: ("GetKeyPolicy", "GetKeyRotationStatus"),
    500: ("ListAliases", "ListKeys"),
    100: ("ListGrants", "ListKeyPolicies", "ListKeyRotations", "ListRetirableGrants"),
    50: ("CreateGrant", "RetireGrant", "RevokeGrant"),
    15: (
        "DeleteAlias",
        "DeleteImportedKeyMaterial",
        "EnableKeyRotation",
        "ImportKeyMaterial",
        "PutKeyPolicy",
        "ScheduleKeyDeletion",
    ),
    10: ("TagResource",),
    5: (
        "CancelKeyDeletion",
        "ConnectCustomKeyStore",
        "CreateAlias",
        "CreateCustomKeyStore",
        "CreateKey",
        "DeleteCustomKeyStore",
        "DescribeCustomKeyStores",
        "DisableKey",
        "DisableKeyRotation",
        "DisconnectCustomKeyStore",
        "EnableKey",
        "GetKeyLastUsage",
        "ReplicateKey",
        "RotateKeyOnDemand",
        "UntagResource",
        "UpdateAlias",
        "UpdateCustomKeyStore",
        "UpdateKeyDescription",
        "UpdatePrimaryRegion",
    ),
    1: ("GetParametersForImport",),
}

_OTHER_SERVICES: Mapping[str, int] = {"STS": 600, "IAM": 100}
"""All operations of a service share one. AWS names that of STS; that of IAM is ours."""

_CLOUDTRAIL: Mapping[str, int] = {"LookupEvents": 2, "ListPublicKeys": 10}
"""Source: AWS CloudTrail User Guide, "Quotas"."""

_NOT_OF_AWS: Mapping[str, int] = {"Barrier": 2}
"""A barrier may wait for most of a minute, and the region has room for some hundreds."""

REQUESTS_PER_SECOND: Mapping[str, int] = {
    **_SHARED,
    **_OTHER_SERVICES,
    **_CLOUDTRAIL,
    **_NOT_OF_AWS,
    **{operation: count for count, operations in _OWN.items() for operation in operations},
}
"""Quota -> requests a second, for each account and region."""

_FURTHER: Mapping[str, tuple[str, ...]] = {"ReplicateKey": ("CreateKey", "CreateKey")}
"""What an operation counts as beside itself."""

_DECIDING_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "Encrypt": ("EncryptionAlgorithm",),
    "Decrypt": ("EncryptionAlgorithm",),
    "ReEncrypt": ("SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm"),
    "Sign": ("SigningAlgorithm",),
    "Verify": ("SigningAlgorithm",),
    "DeriveSharedSecret": ("KeyAgreementAlgorithm",),
    "Encapsulate": ("EncapsulationAlgorithm",),
    "Decapsulate": ("EncapsulationAlgorithm",),
    "GenerateDataKeyPair": ("KeyPairSpec",),
    "GenerateDataKeyPairWithoutPlaintext": ("KeyPairSpec",),
}
"""Of cryptographic operations for more than one kind of key, the members that say which; the others are symmetric."""

_VALUES: Mapping[str, tuple[str, ...]] = {
    SYMMETRIC: ("SYMMETRIC_DEFAULT",),
    RSA: (
        "RSAES_OAEP_SHA_1",
        "RSAES_OAEP_SHA_256",
        "RSASSA_PSS_SHA_256",
        "RSASSA_PSS_SHA_384",
        "RSASSA_PSS_SHA_512",
        "RSASSA_PKCS1_V1_5_SHA_256",
        "RSASSA_PKCS1_V1_5_SHA_384",
        "RSASSA_PKCS1_V1_5_SHA_512",
    ),
    ECC: (
        "ECDSA_SHA_256",
        "ECDSA_SHA_384",
        "ECDSA_SHA_512",
        "ED25519_SHA_512",
        "ED25519_PH_SHA_512",
        "ECDH",
        "SM2DSA",
        "SM2PKE",
    ),
    ML_DSA: ("ML_DSA_SHAKE_256",),
    ML_KEM: ("ML_KEM",),
    ECC + PAIR: (
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
        "ECC_SECG_P256K1",
        "ECC_NIST_EDWARDS25519",
    ),
    ML_KEM + PAIR: ("ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"),
    "SM2" + PAIR: ("SM2",),
    "RSA_2048" + PAIR: ("RSA_2048",),
    "RSA_3072" + PAIR: ("RSA_3072",),
    "RSA_4096" + PAIR: ("RSA_4096",),
}
"""Quota -> the values of those members that count against it."""
_QUOTA_OF = {value: quota for quota, values in _VALUES.items() for value in values}


def quotas_of(operation: str, document: Mapping[str, object]) -> tuple[str, ...]:
    """The quotas that a request counts against, once for each time that one is named. `document` is unchecked."""
    if operation in REQUESTS_PER_SECOND:
        return operation, *_FURTHER.get(operation, ())
    values = [document.get(member) for member in _DECIDING_MEMBERS.get(operation, ())]
    named = [_QUOTA_OF.get(value, SYMMETRIC) if isinstance(value, str) else SYMMETRIC for value in values]
    return tuple(dict.fromkeys(named)) or (SYMMETRIC,)
