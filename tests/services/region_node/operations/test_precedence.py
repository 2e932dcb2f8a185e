"""Which of two refusals comes first: every request here is wrong in two ways, and told the one that AWS tells.

The order: parameters, the key, whose it is, its state, its usage, its algorithm, the bytes, the dry run.
"""

import base64
from typing import Any, NamedTuple

import pytest

from shared.aliases.errors import NotAuthorized
from shared.errors import (
    AccessDenied,
    IncorrectKey,
    InvalidArn,
    InvalidCiphertext,
    InvalidGrantToken,
    InvalidImportToken,
    InvalidKeySignature,
    InvalidKeyState,
    InvalidKeyUsage,
    KeyDisabled,
    KeytideError,
    NotFound,
    UnsupportedOperation,
    ValidationFailed,
)
from tests.services.region_node.operations.fake_region import OTHER_ACCOUNT, FakeRegion

ABSENT = "00000000-0000-4000-8000-000000000000"
ANY = base64.b64encode(b"any").decode()
FOREIGN = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/{ABSENT}"

_MADE: dict[str, dict[str, Any]] = {
    "KEY": {},
    "OFF": {},
    "GOING": {},
    "MAC": {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    "MAC_OFF": {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    "SIGNING": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
    "FAMILY": {"MultiRegion": True},
    "FAMILY_OFF": {"MultiRegion": True},
    "AWAITING": {"Origin": "EXTERNAL"},
}
_OFF = ("OFF", "MAC_OFF", "FAMILY_OFF")


async def _made(region: FakeRegion) -> dict[str, str]:
    """Name -> key id, with `BLOB` of KEY, and `BLOB_OFF` of OFF before it was disabled."""
    names = {name: await region.create_key(**options) for name, options in _MADE.items()}
    for name in ("KEY", "OFF"):
        blob = (await region.ask("Encrypt", KeyId=names[name], Plaintext=ANY)).ciphertext_blob
        names["BLOB" + name.removeprefix("KEY").replace("OFF", "_OFF")] = base64.b64encode(blob).decode()
    for name in _OFF:
        await region.ask("DisableKey", KeyId=names[name])
    await region.ask("ScheduleKeyDeletion", KeyId=names["GOING"])
    await region.ask("CreateAlias", AliasName="alias/taken", TargetKeyId=names["KEY"])
    return names


class Case(NamedTuple):
    """`first` and `second`: what is wrong, in the order in which it is found out."""

    first: str
    second: str
    operation: str
    parameters: dict[str, Any]
    error: type[KeytideError]


_SIGN = {"Message": ANY, "SigningAlgorithm": "ECDSA_SHA_256"}
_RECIPIENT = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": ANY}
_IMPORT = {"ImportToken": ANY, "EncryptedKeyMaterial": ANY, "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
_WRAPPING = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
_NO_POLICY = {"Policy": "{"}

CASES = (
    # Parameters before the key.
    Case("enum", "absent key", "Sign", {"KeyId": ABSENT, **_SIGN, "SigningAlgorithm": "ROT13"}, ValidationFailed),
    Case("length", "absent key", "Encrypt", {"KeyId": ABSENT, "Plaintext": ""}, ValidationFailed),
    Case("length", "disabled", "Encrypt", {"KeyId": "OFF", "Plaintext": ""}, ValidationFailed),
    Case("no length", "absent key", "GenerateDataKey", {"KeyId": ABSENT}, ValidationFailed),
    Case("no blob", "absent key", "Decrypt", {"KeyId": ABSENT}, ValidationFailed),
    Case("window", "absent key", "ScheduleKeyDeletion", {"KeyId": ABSENT, "PendingWindowInDays": 6}, ValidationFailed),
    Case("ValidTo", "absent key", "ImportKeyMaterial", {"KeyId": ABSENT, **_IMPORT, "ValidTo": 1}, ValidationFailed),
    Case(
        "reserved alias",
        "absent key",
        "CreateAlias",
        {"AliasName": "alias/aws/x", "TargetKeyId": ABSENT},
        NotAuthorized,
    ),
    Case("alias form", "absent alias", "DisableKey", {"KeyId": "alias/none"}, InvalidArn),
    Case("grant token", "absent key", "DescribeKey", {"KeyId": ABSENT, "GrantTokens": ["no"]}, InvalidGrantToken),
    Case(
        "recipient",
        "absent key",
        "Decrypt",
        {"KeyId": ABSENT, "CiphertextBlob": ANY, "Recipient": _RECIPIENT},
        UnsupportedOperation,
    ),
    # The key, and whose it is, before its state, its usage and the bytes.
    Case("absent key", "no blob of ours", "Decrypt", {"KeyId": ABSENT, "CiphertextBlob": ANY}, NotFound),
    Case(
        "another account's key", "no blob of ours", "Decrypt", {"KeyId": FOREIGN, "CiphertextBlob": ANY}, AccessDenied
    ),
    Case("another account's key", "policy", "PutKeyPolicy", {"KeyId": FOREIGN, **_NO_POLICY}, AccessDenied),
    Case("absent key", "policy", "PutKeyPolicy", {"KeyId": ABSENT, **_NO_POLICY}, NotFound),
    Case(
        "absent key", "tag", "TagResource", {"KeyId": ABSENT, "Tags": [{"TagKey": "aws:x", "TagValue": ""}]}, NotFound
    ),
    Case("absent key", "taken alias", "CreateAlias", {"AliasName": "alias/taken", "TargetKeyId": ABSENT}, NotFound),
    Case("absent key", "import token", "ImportKeyMaterial", {"KeyId": ABSENT, **_IMPORT}, NotFound),
    Case(
        "absent destination",
        "disabled source",
        "ReEncrypt",
        {"CiphertextBlob": "BLOB_OFF", "DestinationKeyId": ABSENT},
        NotFound,
    ),
    Case(
        "another account's destination",
        "usage of the source",
        "ReEncrypt",
        {"SourceKeyId": "MAC", "CiphertextBlob": "BLOB", "DestinationKeyId": FOREIGN},
        AccessDenied,
    ),
    Case(
        "absent source",
        "absent destination",
        "ReEncrypt",
        {"SourceKeyId": "alias/none", "CiphertextBlob": "BLOB", "DestinationKeyId": FOREIGN},
        NotFound,
    ),
    Case(
        "no blob of ours",
        "absent destination",
        "ReEncrypt",
        {"CiphertextBlob": ANY, "DestinationKeyId": ABSENT},
        InvalidCiphertext,
    ),
    # The state before everything that the key is.
    Case("disabled", "usage", "Encrypt", {"KeyId": "MAC_OFF", "Plaintext": ANY}, KeyDisabled),
    Case("disabled", "usage", "Sign", {"KeyId": "OFF", **_SIGN}, KeyDisabled),
    Case("disabled", "dry run", "Encrypt", {"KeyId": "OFF", "Plaintext": ANY, "DryRun": True}, KeyDisabled),
    Case("disabled", "no blob of ours", "Decrypt", {"KeyId": "OFF", "CiphertextBlob": ANY}, KeyDisabled),
    Case(
        "disabled source",
        "disabled destination",
        "ReEncrypt",
        {"CiphertextBlob": "BLOB_OFF", "DestinationKeyId": "GOING"},
        KeyDisabled,
    ),
    Case(
        "disabled source",
        "usage of the destination",
        "ReEncrypt",
        {"CiphertextBlob": "BLOB_OFF", "DestinationKeyId": "MAC"},
        KeyDisabled,
    ),
    Case(
        "pending deletion",
        "tag",
        "TagResource",
        {"KeyId": "GOING", "Tags": [{"TagKey": "aws:x", "TagValue": ""}]},
        InvalidKeyState,
    ),
    Case(
        "pending deletion",
        "taken alias",
        "CreateAlias",
        {"AliasName": "alias/taken", "TargetKeyId": "GOING"},
        InvalidKeyState,
    ),
    Case(
        "disabled", "unknown region", "ReplicateKey", {"KeyId": "FAMILY_OFF", "ReplicaRegion": "sa-east-1"}, KeyDisabled
    ),
    Case("origin", "import token", "ImportKeyMaterial", {"KeyId": "KEY", **_IMPORT}, UnsupportedOperation),
    Case("disabled", "no rotation for its spec", "EnableKeyRotation", {"KeyId": "MAC_OFF"}, KeyDisabled),
    Case(
        "origin",
        "wrapping",
        "GetParametersForImport",
        {"KeyId": "KEY", **_WRAPPING, "WrappingKeySpec": "SM2"},
        UnsupportedOperation,
    ),
    # The usage before the algorithm, the algorithm before the bytes, the bytes before the dry run.
    Case("usage", "no blob of ours", "Decrypt", {"KeyId": "MAC", "CiphertextBlob": ANY}, IncorrectKey),
    Case("disabled", "usage", "Decrypt", {"KeyId": "MAC_OFF", "CiphertextBlob": ANY}, KeyDisabled),
    Case("usage", "algorithm", "Sign", {"KeyId": "KEY", **_SIGN}, InvalidKeyUsage),
    Case(
        "algorithm",
        "digest",
        "Sign",
        {"KeyId": "SIGNING", "Message": ANY, "SigningAlgorithm": "ECDSA_SHA_384", "MessageType": "DIGEST"},
        InvalidKeyUsage,
    ),
    Case(
        "digest",
        "signature",
        "Verify",
        {"KeyId": "SIGNING", **_SIGN, "MessageType": "DIGEST", "Signature": ANY},
        ValidationFailed,
    ),
    Case(
        "signature",
        "dry run",
        "Verify",
        {"KeyId": "SIGNING", **_SIGN, "Signature": ANY, "DryRun": True},
        InvalidKeySignature,
    ),
    Case(
        "another key",
        "context",
        "Decrypt",
        {"KeyId": "KEY", "CiphertextBlob": "BLOB_OFF", "EncryptionContext": {"a": "b"}},
        IncorrectKey,
    ),
    Case(
        "context",
        "dry run",
        "Decrypt",
        {"CiphertextBlob": "BLOB", "EncryptionContext": {"a": "b"}, "DryRun": True},
        InvalidCiphertext,
    ),
    Case("import token", "wrapped material", "ImportKeyMaterial", {"KeyId": "AWAITING", **_IMPORT}, InvalidImportToken),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.operation}: {case.first}, {case.second}")
async def test_of_two_refusals_the_first_is_told(case: Case) -> None:
    region = FakeRegion()
    made = await _made(region)
    parameters = {
        name: made.get(value, value) if isinstance(value, str) else value for name, value in case.parameters.items()
    }
    appended = len(region.appended)
    with pytest.raises(case.error) as refusal:
        await region.ask(case.operation, **parameters)
    assert type(refusal.value) is case.error
    assert len(region.appended) == appended
