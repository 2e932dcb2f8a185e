"""The one table of what a grant may permit, by the kind of key.

Source: AWS KMS Developer Guide, "Grant operations"; the order is that of the service model, in which AWS lists them.
"""

from collections.abc import Iterable, Mapping

from shared.keys.specs import (
    ENCAPSULATE_DECAPSULATE,
    ENCRYPT_DECRYPT,
    GENERATE_VERIFY_MAC,
    KEY_AGREEMENT,
    SIGN_VERIFY,
    SYMMETRIC_DEFAULT,
)

CREATE_GRANT = "CreateGrant"
RETIRE_GRANT = "RetireGrant"
GRANT_OPERATIONS = (
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "GetPublicKey",
    CREATE_GRANT,
    RETIRE_GRANT,
    "DescribeKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
    "Encapsulate",
    "Decapsulate",
)

_EVERY_KEY = frozenset({CREATE_GRANT, RETIRE_GRANT, "DescribeKey"})
_ENCRYPTION = _EVERY_KEY | {"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"}
_SYMMETRIC = _ENCRYPTION | {
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
}
_ASYMMETRIC = _EVERY_KEY | {"GetPublicKey"}
_BY_USAGE: Mapping[str, frozenset[str]] = {
    ENCRYPT_DECRYPT: _ENCRYPTION | _ASYMMETRIC,
    SIGN_VERIFY: _ASYMMETRIC | {"Sign", "Verify"},
    GENERATE_VERIFY_MAC: _EVERY_KEY | {"GenerateMac", "VerifyMac"},
    KEY_AGREEMENT: _ASYMMETRIC | {"DeriveSharedSecret"},
    ENCAPSULATE_DECAPSULATE: _ASYMMETRIC | {"Encapsulate", "Decapsulate"},
}


def grantable(spec: str, usage: str) -> frozenset[str]:
    """The operations that a grant on a key of `spec` and `usage` may permit."""
    return _SYMMETRIC if spec == SYMMETRIC_DEFAULT else _BY_USAGE[usage]


def in_order(operations: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order of the table."""
    named = set(operations)
    return tuple(operation for operation in GRANT_OPERATIONS if operation in named)
