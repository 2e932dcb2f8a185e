"""The table of key states, cell by cell, in the letters of AWS's published table."""

import pytest

from shared.errors import InvalidKeyState, KeyDisabled, KeytideError, UnsupportedOperation
from shared.keys.lifecycle import CELLS, KEY_STATES, require
from shared.keys.model import Key

ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

COLUMNS = (
    ("Enabled",),
    ("Disabled",),
    ("PendingDeletion", "PendingReplicaDeletion"),
    ("PendingImport",),
    ("Unavailable",),
    ("Creating",),
    ("Updating",),
)

IMPLEMENTED = """
CreateAlias                      ok ok P  ok ok ok ok
UpdateAlias                      ok ok P  ok ok ok ok
DeleteAlias                      ok ok ok ok ok ok ok
ListAliases                      ok ok ok ok ok ok ok
DescribeKey                      ok ok ok ok ok ok ok
EnableKey                        ok ok P  I  ok C  W
DisableKey                       ok ok P  I  ok C  W
UpdateKeyDescription             ok ok P  ok ok ok ok
ReplicateKey                     ok D  P  I  U  C  W
TagResource                      ok ok P  ok ok ok ok
UntagResource                    ok ok P  ok ok ok ok
ListResourceTags                 ok ok ok ok ok ok ok
GetKeyPolicy                     ok ok ok ok ok ok ok
PutKeyPolicy                     ok ok ok ok ok ok ok
ListKeyPolicies                  ok ok ok ok ok ok ok
Encrypt                          ok D  P  I  U  C  ok
Decrypt                          ok D  P  I  U  C  ok
ReEncrypt                        ok D  P  I  U  C  ok
GenerateDataKey                  ok D  P  I  U  C  ok
GenerateDataKeyWithoutPlaintext  ok D  P  I  U  C  ok
GenerateDataKeyPair              ok D  P  I  ok C  ok
Sign                             ok D  P  I  U  C  ok
Verify                           ok D  P  I  U  C  ok
GenerateMac                      ok D  P  I  U  C  ok
VerifyMac                        ok D  P  I  U  C  ok
DeriveSharedSecret               ok D  P  I  U  C  ok
Encapsulate                      ok D  P  I  U  C  ok
Decapsulate                      ok D  P  I  U  C  ok
GetPublicKey                     ok ok P  I  U  C  ok
EnableKeyRotation                ok D  P  ok ok C  ok
DisableKeyRotation               ok D  P  ok ok C  ok
GetKeyRotationStatus             ok ok ok ok ok ok ok
ConvertKey                       ok D  P  ok ok C  W
RotateKeyOnDemand                ok D  P  I  ok C  ok
ListKeyRotations                 ok ok ok ok ok ok ok
GetParametersForImport           M  M  M  ok M  C  W
ImportKeyMaterial                M  M  M  ok M  C  ok
DeleteImportedKeyMaterial        M  M  M  ok U  C  W
CancelKeyDeletion                N  N  ok N  N  N  N
ScheduleKeyDeletion              ok ok P  ok ok ok W
UpdatePrimaryRegion              ok D  P  I  U  C  ok
CreateGrant                      ok D  P  I  ok C  ok
ListGrants                       ok ok ok ok ok ok ok
RetireGrant                      ok ok ok ok ok ok ok
RevokeGrant                      ok ok ok ok ok ok ok
GetKeyLastUsage                  ok ok ok ok ok ok ok
GenerateDataKeyPairWithoutPlaintext ok D P I ok C ok
"""

MEANING: dict[str, tuple[type[KeytideError], str]] = {
    "M": (UnsupportedOperation, f"{ARN} origin is AWS_KMS which is not valid for this operation."),
    "D": (KeyDisabled, f"{ARN} is disabled."),
    "P": (InvalidKeyState, f"{ARN} is pending deletion."),
    "R": (InvalidKeyState, f"{ARN} is pending replica deletion."),
    "N": (InvalidKeyState, f"{ARN} is not pending deletion."),
    "I": (InvalidKeyState, f"{ARN} is pending import."),
    "U": (InvalidKeyState, f"{ARN} is unavailable."),
    "C": (InvalidKeyState, f"{ARN} is creating."),
    "W": (InvalidKeyState, f"{ARN} is updating."),
}

CELL_CASES = [
    (operation, state, "R" if code == "P" and state == "PendingReplicaDeletion" else code)
    for operation, *codes in (line.split() for line in IMPLEMENTED.strip().splitlines())
    for states, code in zip(COLUMNS, codes, strict=True)
    for state in states
]


def test_every_row_is_tried_in_every_state() -> None:
    assert {(operation, state) for operation, state, _ in CELL_CASES} == {
        (operation, state) for operation, row in CELLS.items() for state in row
    }


def key_in(state: str, origin: str = "AWS_KMS") -> Key:
    return Key(
        "111122223333", "k", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", origin, 0, (), state, "", None, (), None, (), 0
    )


@pytest.mark.parametrize(("operation", "state", "code"), CELL_CASES)
def test_cell(operation: str, state: str, code: str) -> None:
    if code == "ok":
        require(operation, key_in(state), ARN)
        return
    error, text = MEANING[code]
    with pytest.raises(error) as refusal:
        require(operation, key_in(state), ARN)
    assert refusal.value.message == text


@pytest.mark.parametrize(
    ("operation", "state", "origin", "error"),
    [
        ("EnableKeyRotation", "Enabled", "AWS_CLOUDHSM", UnsupportedOperation),
        ("EnableKeyRotation", "Disabled", "AWS_KMS", KeyDisabled),
        ("EnableKeyRotation", "Disabled", "EXTERNAL_KEY_STORE", UnsupportedOperation),
        ("EnableKeyRotation", "PendingImport", "EXTERNAL", UnsupportedOperation),
        ("EnableKeyRotation", "Enabled", "EXTERNAL", UnsupportedOperation),
        ("DisableKeyRotation", "Disabled", "EXTERNAL", UnsupportedOperation),
        ("DisableKeyRotation", "PendingDeletion", "EXTERNAL", UnsupportedOperation),
        ("GetKeyRotationStatus", "PendingImport", "EXTERNAL", UnsupportedOperation),
        ("GetKeyRotationStatus", "Enabled", "EXTERNAL_KEY_STORE", UnsupportedOperation),
        ("RotateKeyOnDemand", "PendingImport", "EXTERNAL", InvalidKeyState),
        ("RotateKeyOnDemand", "Disabled", "AWS_CLOUDHSM", UnsupportedOperation),
        ("ImportKeyMaterial", "Enabled", "AWS_KMS", UnsupportedOperation),
        ("ImportKeyMaterial", "PendingDeletion", "EXTERNAL", InvalidKeyState),
        ("ImportKeyMaterial", "PendingDeletion", "AWS_KMS", UnsupportedOperation),
        ("CancelKeyDeletion", "Enabled", "AWS_KMS", InvalidKeyState),
    ],
)
def test_refusals_that_depend_on_the_origin(operation: str, state: str, origin: str, error: type[KeytideError]) -> None:
    with pytest.raises(error):
        require(operation, key_in(state, origin), ARN)


@pytest.mark.parametrize(
    ("operation", "state", "origin"),
    [
        ("EnableKeyRotation", "Enabled", "AWS_KMS"),
        ("GetKeyRotationStatus", "Enabled", "EXTERNAL"),
        ("RotateKeyOnDemand", "Enabled", "EXTERNAL"),
        ("DeleteImportedKeyMaterial", "PendingDeletion", "EXTERNAL"),
        ("ImportKeyMaterial", "Enabled", "EXTERNAL"),
        ("ImportKeyMaterial", "PendingImport", "EXTERNAL"),
        ("CancelKeyDeletion", "PendingDeletion", "AWS_KMS"),
    ],
)
def test_what_the_origin_allows(operation: str, state: str, origin: str) -> None:
    require(operation, key_in(state, origin), ARN)


def test_every_row_has_a_cell_for_every_state() -> None:
    assert all(set(cells) == set(KEY_STATES) for cells in CELLS.values())
