"""What condition keys are: their type, and for which actions they have a value. The one table for the linter.

Owns what policies may expect. Where the values come from is told by the region's own tables of facts, and a test holds
the two against each other.
Source: AWS KMS Developer Guide, "AWS KMS condition keys"; IAM User Guide, "AWS global condition context keys"; Service
Authorization Reference, "AWS KMS".
"""

from collections.abc import Mapping
from typing import NamedTuple

_DATA_KEYS = ("kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")
_PAIRS = ("kms:GenerateDataKeyPair", "kms:GenerateDataKeyPairWithoutPlaintext")
_REENCRYPT = ("kms:ReEncryptFrom", "kms:ReEncryptTo")
_ENCRYPTING = ("kms:Encrypt", "kms:Decrypt", *_REENCRYPT, *_DATA_KEYS, *_PAIRS)
_CONTEXT = (*_ENCRYPTING, "kms:CreateGrant")
_GRANT = ("kms:CreateGrant",)
_SIGNING = ("kms:Sign", "kms:Verify")


class ConditionKey(NamedTuple):
    """`type`: an operator's family (`String`, `Numeric`, …). `actions` (): for all. `identity_only`: at AWS."""

    type: str = "String"
    actions: tuple[str, ...] = ()
    identity_only: bool = False


STRING = ConditionKey()
KEYS: Mapping[str, ConditionKey] = {
    "aws:currenttime": ConditionKey("Date"),
    "aws:epochtime": ConditionKey("Date"),
    "aws:multifactorauthpresent": ConditionKey("Bool"),
    "aws:principalarn": ConditionKey("Arn"),
    "aws:principalisawsservice": ConditionKey("Bool"),
    "aws:securetransport": ConditionKey("Bool"),
    "aws:sourcearn": ConditionKey("Arn"),
    "aws:sourceip": ConditionKey("IpAddress"),
    "aws:tagkeys": STRING,
    "aws:tokenissuetime": ConditionKey("Date"),
    "aws:viaawsservice": ConditionKey("Bool"),
    "kms:bypasspolicylockoutsafetycheck": ConditionKey("Bool", ("kms:CreateKey", "kms:PutKeyPolicy")),
    "kms:datakeypairspec": ConditionKey(actions=_PAIRS),
    "kms:encryptionalgorithm": ConditionKey(actions=_ENCRYPTING),
    "kms:encryptioncontextkeys": ConditionKey(actions=_CONTEXT),
    "kms:expirationmodel": ConditionKey(actions=("kms:ImportKeyMaterial",)),
    "kms:grantconstraintsourcearn": ConditionKey("Arn", _GRANT),
    "kms:grantconstrainttype": ConditionKey(actions=_GRANT),
    "kms:granteeprincipal": ConditionKey(actions=_GRANT),
    "kms:granteeserviceprincipal": ConditionKey(actions=_GRANT),
    "kms:grantisforawsresource": ConditionKey("Bool", (*_GRANT, "kms:ListGrants", "kms:RevokeGrant")),
    "kms:grantoperations": ConditionKey(actions=_GRANT),
    "kms:keyagreementalgorithm": ConditionKey(actions=("kms:DeriveSharedSecret",)),
    "kms:macalgorithm": ConditionKey(actions=("kms:GenerateMac", "kms:VerifyMac")),
    "kms:messagetype": ConditionKey(actions=_SIGNING),
    "kms:multiregion": ConditionKey("Bool"),
    "kms:policyname": ConditionKey(actions=("kms:GetKeyPolicy", "kms:PutKeyPolicy")),
    "kms:primaryregion": ConditionKey(actions=("kms:UpdatePrimaryRegion",)),
    "kms:reencryptonsamekey": ConditionKey("Bool", _REENCRYPT),
    "kms:replicaregion": ConditionKey(actions=("kms:ReplicateKey",)),
    "kms:resourcealiases": ConditionKey(identity_only=True),
    "kms:retiringprincipal": ConditionKey(actions=_GRANT),
    "kms:retiringserviceprincipal": ConditionKey(actions=_GRANT),
    "kms:rotationperiodindays": ConditionKey("Numeric", ("kms:EnableKeyRotation",)),
    "kms:schedulekeydeletionpendingwindowindays": ConditionKey("Numeric", ("kms:ScheduleKeyDeletion",)),
    "kms:signingalgorithm": ConditionKey(actions=_SIGNING),
    "kms:trailingdayswithoutkeyusage": ConditionKey("Numeric", ("kms:DisableKey", "kms:ScheduleKeyDeletion")),
    "kms:validto": ConditionKey("Date", ("kms:ImportKeyMaterial",)),
    "kms:wrappingalgorithm": ConditionKey(actions=("kms:GetParametersForImport",)),
    "kms:wrappingkeyspec": ConditionKey(actions=("kms:GetParametersForImport",)),
}
"""In lower case. A key that is not listed is a single text, for all actions."""
FAMILIES: Mapping[str, ConditionKey] = {
    "aws:resourcetag/": ConditionKey(identity_only=True),
    "kms:encryptioncontext:": ConditionKey(actions=_CONTEXT),
}


def condition_key(name: str) -> ConditionKey:
    """`name` as written in a policy."""
    lower = name.lower()
    family = next((key for prefix, key in FAMILIES.items() if lower.startswith(prefix)), STRING)
    return KEYS.get(lower, family)
