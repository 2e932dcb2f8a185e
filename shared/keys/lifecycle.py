"""The one table of key states: what each operation meets in each state of a key.

Owns every refusal for a key's state. A cell is a string of one-letter codes: the empty cell allows; the codes of the
key's origin (`K`, `M`, `E`, `X`) refuse only keys of that origin and are asked first; any other code refuses always.
Source: AWS KMS Developer Guide, "Key states of AWS KMS keys"; texts from recorded responses.
"""

from collections.abc import Mapping
from typing import NamedTuple

from shared.errors import InvalidKeyState, KeyDisabled, KeytideError, UnsupportedOperation
from shared.key_stores.model import CLOUDHSM, EXTERNAL_KEY_STORE
from shared.keys.model import (
    CREATING,
    DISABLED,
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    PENDING_REPLICA_DELETION,
    UNAVAILABLE,
    UPDATING,
    Key,
)

KEY_STATES = (
    ENABLED,
    DISABLED,
    PENDING_DELETION,
    PENDING_REPLICA_DELETION,
    PENDING_IMPORT,
    UNAVAILABLE,
    CREATING,
    UPDATING,
)


class Refusal(NamedTuple):
    """What a code means. `text` takes the fields `arn` and `origin`."""

    error: type[KeytideError]
    text: str


_ORIGIN_TEXT = "{arn} origin is {origin} which is not valid for this operation."

REFUSALS: Mapping[str, Refusal] = {
    "D": Refusal(KeyDisabled, "{arn} is disabled."),
    "P": Refusal(InvalidKeyState, "{arn} is pending deletion."),
    "R": Refusal(InvalidKeyState, "{arn} is pending replica deletion."),
    "N": Refusal(InvalidKeyState, "{arn} is not pending deletion."),
    "I": Refusal(InvalidKeyState, "{arn} is pending import."),
    "U": Refusal(InvalidKeyState, "{arn} is unavailable."),
    "C": Refusal(InvalidKeyState, "{arn} is creating."),
    "W": Refusal(InvalidKeyState, "{arn} is updating."),
    "X": Refusal(UnsupportedOperation, _ORIGIN_TEXT),
    "K": Refusal(UnsupportedOperation, _ORIGIN_TEXT),
    "M": Refusal(UnsupportedOperation, _ORIGIN_TEXT),
    "E": Refusal(InvalidKeyState, "{arn} is pending deletion."),
}

_CUSTOM_KEY_STORES = frozenset({CLOUDHSM, EXTERNAL_KEY_STORE})
_EVERY_ORIGIN = frozenset({"AWS_KMS", "EXTERNAL"}) | _CUSTOM_KEY_STORES
_ORIGINS_REFUSED: Mapping[str, frozenset[str]] = {
    "K": _CUSTOM_KEY_STORES,
    "M": _EVERY_ORIGIN - {"EXTERNAL"},
    "E": frozenset({"EXTERNAL"}),
    "X": frozenset({"EXTERNAL"}),
}


class _Row(NamedTuple):
    """One line of the published table. What AWS marks as impossible refuses as unavailable."""

    enabled: str = ""
    disabled: str = ""
    pending_deletion: str = ""
    pending_import: str = ""
    unavailable: str = ""
    creating: str = ""
    updating: str = ""


_ALWAYS = _Row()
_NOT_AFTER_DELETION = _Row(pending_deletion="P")
_USE = _Row("", "D", "P", "I", "U", "C", "")
_USE_BY_PAIR = _Row("K", "KD", "KP", "I", "K", "C", "K")
_SWITCH = _Row("", "", "P", "I", "", "C", "W")
_ROTATION_SETTING = _Row("KX", "KXD", "KXP", "X", "K", "C", "KX")
_PRIMARY_ONLY = _Row("", "D", "P", "I", "U", "C", "W")

_ROWS: Mapping[str, _Row] = {
    "CancelKeyDeletion": _Row("N", "N", "", "N", "N", "N", "N"),
    "CreateAlias": _NOT_AFTER_DELETION,
    "CreateGrant": _USE._replace(unavailable=""),
    "Encrypt": _USE,
    "Decrypt": _USE,
    "ReEncrypt": _USE,
    "GenerateDataKey": _USE,
    "GenerateDataKeyWithoutPlaintext": _USE,
    "GenerateDataKeyPair": _USE_BY_PAIR,
    "GenerateDataKeyPairWithoutPlaintext": _USE_BY_PAIR,
    "Sign": _USE,
    "Verify": _USE,
    "GenerateMac": _USE,
    "VerifyMac": _USE,
    "DeriveSharedSecret": _USE,
    "Encapsulate": _USE,
    "Decapsulate": _USE,
    "DeleteAlias": _ALWAYS,
    "DescribeKey": _ALWAYS,
    "GetKeyPolicy": _ALWAYS,
    "PutKeyPolicy": _ALWAYS,
    "ListAliases": _ALWAYS,
    "ListGrants": _ALWAYS,
    "ListKeyPolicies": _ALWAYS,
    "ListResourceTags": _ALWAYS,
    "RetireGrant": _ALWAYS,
    "RevokeGrant": _ALWAYS,
    "GetKeyLastUsage": _ALWAYS,
    "DeleteImportedKeyMaterial": _Row("M", "M", "M", "", "U", "C", "W"),
    "EnableKey": _SWITCH,
    "DisableKey": _SWITCH,
    "EnableKeyRotation": _ROTATION_SETTING,
    "DisableKeyRotation": _ROTATION_SETTING,
    "GetKeyRotationStatus": _Row("K", "K", "K", "X", "K", "K", "K"),
    "GetParametersForImport": _Row("M", "M", "EM", "", "M", "C", "W"),
    "ImportKeyMaterial": _Row("M", "M", "EM", "", "M", "C", ""),
    # AWS allows it before an import too; but here the public half is part of what is imported.
    "GetPublicKey": _Row("", "", "P", "I", "U", "C", ""),
    "ListKeyRotations": _Row("K", "K", "K", "", "K", "K", "K"),
    "ReplicateKey": _PRIMARY_ONLY,
    # No operation of AWS's: docs/families.md.
    "ConvertKey": _Row("KX", "KXD", "KXP", "X", "K", "C", "W"),
    "RotateKeyOnDemand": _Row("K", "KD", "KP", "I", "K", "C", "K"),
    "ScheduleKeyDeletion": _Row("", "", "P", "", "", "", "W"),
    "TagResource": _NOT_AFTER_DELETION,
    "UntagResource": _NOT_AFTER_DELETION,
    "UpdateKeyDescription": _NOT_AFTER_DELETION,
    # For the key that the alias shall name; the key that it named may be in any state.
    "UpdateAlias": _NOT_AFTER_DELETION,
    "UpdatePrimaryRegion": _PRIMARY_ONLY._replace(updating=""),
}


def _by_state(row: _Row) -> Mapping[str, str]:
    return {
        ENABLED: row.enabled,
        DISABLED: row.disabled,
        PENDING_DELETION: row.pending_deletion,
        PENDING_REPLICA_DELETION: row.pending_deletion.replace("P", "R"),
        PENDING_IMPORT: row.pending_import,
        UNAVAILABLE: row.unavailable,
        CREATING: row.creating,
        UPDATING: row.updating,
    }


CELLS: Mapping[str, Mapping[str, str]] = {operation: _by_state(row) for operation, row in _ROWS.items()}
"""Operation -> key state -> codes."""


def require(operation: str, key: Key, arn: str) -> None:
    """Refuse where the state of `key`, held in this region, does not allow `operation`.

    Errors: KeyDisabled, InvalidKeyState, UnsupportedOperation, with AWS's text about `arn`.
    """
    cell = CELLS[operation][key.state]  # type: ignore[index]  # a key without a state is refused before
    if cell:
        _refuse(cell, key.origin, arn)


def _refuse(cell: str, origin: str, arn: str) -> None:
    for code in sorted(cell, key=lambda code: code not in _ORIGINS_REFUSED):
        if origin in _ORIGINS_REFUSED.get(code, _EVERY_ORIGIN):
            refusal = REFUSALS[code]
            raise refusal.error(refusal.text.format(arn=arn, origin=origin))
