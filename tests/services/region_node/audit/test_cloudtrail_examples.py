"""What a call leaves on record, member by member, against AWS's published example of its operation.

Source of each row: AWS KMS Developer Guide, "Examples of AWS KMS log entries", the page of the operation, as of
2026-11. Where a row differs, its comment says how. `{…}` in a row stands for what a call has made.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pytest

from replication.derived.entries import derived_entries
from shared.audit.cloudtrail import SERVICE_EVENTS, cloudtrail_event
from shared.audit.cloudtrail_names import told
from tests.replication.written_log import ACCOUNT, HOME, envelope_of
from tests.services.region_node.kept_entries import KeptEntries
from tests.services.region_node.serving_region import ServingRegion
from tests.services.region_node.wire.signed_requests import NOW
from tests.shared.audit.test_cloudtrail import CALL_FIELDS
from tests.wrapping_client import wrap

TEXT: Final = base64.b64encode(b"attack at dawn").decode()
CONTEXT: Final = {"Project": "Alpha"}
ALICE: Final = f"arn:aws:iam::{ACCOUNT}:user/Alice"
POLICY: Final = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}'
)
KEY_ARN: Final = {"keyId": "{arn}"}
"""Since December 2022 also of operations that answer nothing."""


class Example(NamedTuple):
    """`asked`: the request. The rest as CloudTrail tells it; `resources` in any order."""

    operation: str
    asked: Mapping[str, Any]
    parameters: Mapping[str, Any] | None
    answered: Mapping[str, Any] | None = None
    beside: Mapping[str, Any] | None = None
    resources: tuple[str, ...] = ("{arn}",)
    read_only: bool = False


def change(operation: str, asked: Mapping[str, Any], parameters: Mapping[str, Any] | None, **rest: Any) -> Example:
    return Example(operation, asked, parameters, **{"answered": KEY_ARN, **rest})


def use(operation: str, asked: Mapping[str, Any], parameters: Mapping[str, Any] | None, **rest: Any) -> Example:
    return Example(operation, asked, parameters, read_only=True, **rest)


MATERIAL: Final = {"beside": {"keyMaterialId": "{material}"}}
SYMMETRIC: Final = {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}
SIGNED: Final = {"KeyId": "{signer}", "SigningAlgorithm": "ECDSA_SHA_256", "MessageType": "RAW", "Message": TEXT}
SIGNATURE: Final = {"keyId": "{signer}", "signingAlgorithm": "ECDSA_SHA_256", "messageType": "RAW"}
MAC: Final = {"keyId": "{hmac}", "macAlgorithm": "HMAC_SHA_256"}
MAC_ASKED: Final = {"KeyId": "{hmac}", "MacAlgorithm": "HMAC_SHA_256", "Message": TEXT}
SIGNER, HMAC = ("{signer_arn}",), ("{hmac_arn}",)

USES = (
    use(
        "Encrypt",
        {"KeyId": "{key}", "Plaintext": TEXT, "EncryptionContext": CONTEXT},
        {"keyId": "{key}", "encryptionContext": CONTEXT, **SYMMETRIC},
        **MATERIAL,
    ),
    use("Decrypt", {"CiphertextBlob": "{blob}"}, SYMMETRIC, **MATERIAL),
    use("Decrypt", {"CiphertextBlob": "{blob}", "KeyId": "{arn}"}, {"keyId": "{arn}", **SYMMETRIC}, **MATERIAL),
    use(
        "GenerateDataKey",
        {"KeyId": "{key}", "NumberOfBytes": 32, "EncryptionContext": CONTEXT},
        {"keyId": "{key}", "numberOfBytes": 32, "encryptionContext": CONTEXT},
        **MATERIAL,
    ),
    use(
        "GenerateDataKeyWithoutPlaintext",
        {"KeyId": "{key}", "KeySpec": "AES_256"},
        {"keyId": "{key}", "keySpec": "AES_256"},
        **MATERIAL,
    ),
    use(
        "GenerateDataKeyPair",
        {"KeyId": "{key}", "KeyPairSpec": "ECC_NIST_P256", "EncryptionContext": CONTEXT},
        {"keyId": "{key}", "keyPairSpec": "ECC_NIST_P256", "encryptionContext": CONTEXT},
        **MATERIAL,
    ),
    use(
        "GenerateDataKeyPairWithoutPlaintext",
        {"KeyId": "{key}", "KeyPairSpec": "ECC_NIST_P256"},
        {"keyId": "{key}", "keyPairSpec": "ECC_NIST_P256"},
        **MATERIAL,
    ),
    use(
        "ReEncrypt",
        {"CiphertextBlob": "{blob}", "DestinationKeyId": "{other}", "DestinationEncryptionContext": {"Level": "3A"}},
        {
            "sourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "destinationKeyId": "{other}",
            "destinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "destinationEncryptionContext": {"Level": "3A"},
        },
        beside={"sourceKeyMaterialId": "{material}", "destinationKeyMaterialId": "{other_material}"},
        resources=("{arn}", "{other_arn}"),
    ),
    use("Sign", SIGNED, SIGNATURE, resources=SIGNER),
    use("Verify", {**SIGNED, "Signature": "{signature}"}, SIGNATURE, resources=SIGNER),
    use("GenerateMac", MAC_ASKED, MAC, resources=HMAC),
    use("VerifyMac", {**MAC_ASKED, "Mac": "{mac}"}, MAC, resources=HMAC),
    use("GenerateRandom", {"NumberOfBytes": 32}, {"numberOfBytes": 32}, resources=()),
)
READS = (
    use("DescribeKey", {"KeyId": "alias/example"}, {"keyId": "alias/example"}),
    use("GetKeyPolicy", {"KeyId": "{key}", "PolicyName": "default"}, {"keyId": "{key}", "policyName": "default"}),
    use("ListAliases", {"Limit": 5}, {"limit": 5}, resources=()),
    use("ListGrants", {"KeyId": "{key}", "Limit": 50}, {"keyId": "{key}", "limit": 50}),
    use("GetKeyRotationStatus", {"KeyId": "{key}"}, {"keyId": "{key}"}),
    use(
        "ListKeyRotations",
        {"KeyId": "{key}", "IncludeKeyMaterial": "ALL_KEY_MATERIAL"},
        {"keyId": "{key}", "includeKeyMaterial": "ALL_KEY_MATERIAL"},
    ),
    use(
        "GetParametersForImport",
        {"KeyId": "{empty}", "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"},
        {"keyId": "{empty}", "wrappingAlgorithm": "RSAES_OAEP_SHA_256", "wrappingKeySpec": "RSA_2048"},
        resources=("{empty_arn}",),
    ),
    use("DescribeCustomKeyStores", {}, None, resources=()),
)
OF_OTHER: Final[Mapping[str, Any]] = {"answered": {"keyId": "{other_arn}"}, "resources": ("{other_arn}",)}
CHANGES = (
    change(
        "CreateAlias",
        {"AliasName": "alias/ExampleAlias", "TargetKeyId": "{key}"},
        {"aliasName": "alias/ExampleAlias", "targetKeyId": "{key}"},
        resources=("{arn}", "{alias}/ExampleAlias"),
    ),
    change(
        "UpdateAlias",
        {"AliasName": "alias/example", "TargetKeyId": "{other}"},
        {"aliasName": "alias/example", "targetKeyId": "{other}"},
        answered={"keyId": "{other_arn}"},
        resources=("{other_arn}", "{alias}/example"),
    ),
    change(
        "DeleteAlias",
        {"AliasName": "alias/example"},
        {"aliasName": "alias/example"},
        resources=("{arn}", "{alias}/example"),
    ),
    change("DisableKey", {"KeyId": "{key}"}, {"keyId": "{key}"}),
    change("EnableKey", {"KeyId": "{disabled}"}, {"keyId": "{disabled}"}, answered={"keyId": "{disabled_arn}"},
           resources=("{disabled_arn}",)),
    change("EnableKeyRotation", {"KeyId": "{key}", "RotationPeriodInDays": 180},
           {"keyId": "{key}", "rotationPeriodInDays": 180}),
    change("DisableKeyRotation", {"KeyId": "{other}"}, {"keyId": "{other}"}, **OF_OTHER),
    # whose example has the id as it was sent; all others the ARN
    change("RotateKeyOnDemand", {"KeyId": "{key}"}, {"keyId": "{key}"}),
    change("UpdateKeyDescription", {"KeyId": "{key}", "Description": "New"}, {"keyId": "{key}", "description": "New"}),
    change(
        "TagResource",
        {"KeyId": "{key}", "Tags": [{"TagKey": "Department", "TagValue": "IT"}]},
        {"keyId": "{key}", "tags": [{"tagKey": "Department", "tagValue": "IT"}]},
    ),
    change("UntagResource", {"KeyId": "{key}", "TagKeys": ["a"]}, {"keyId": "{key}", "tagKeys": ["a"]}),
    change(  # CloudTrail tells the policy, too
        "PutKeyPolicy",
        {"KeyId": "{key}", "Policy": POLICY, "PolicyName": "default"},
        {"keyId": "{key}", "policyName": "default", "bypassPolicyLockoutSafetyCheck": False},
    ),
    change(
        "CreateGrant",
        {
            "KeyId": "{key}",
            "Constraints": {"EncryptionContextSubset": {"ContextKey1": "Value1"}},
            "Operations": ["Encrypt", "RetireGrant"],
            "GranteePrincipal": ALICE,
        },
        {
            "keyId": "{key}",
            "constraints": {"encryptionContextSubset": {"ContextKey1": "Value1"}},
            "operations": ["Encrypt", "RetireGrant"],
            "granteePrincipal": ALICE,
        },
        answered={"grantId": "{any}", "keyId": "{arn}"},
    ),
    change("RevokeGrant", {"KeyId": "{key}", "GrantId": "{grant}"}, {"keyId": "{key}", "grantId": "{grant}"}),
    change("RetireGrant", {"GrantToken": "{token}"}, None, beside={"grantId": "{grant}"}),
    change(
        "ScheduleKeyDeletion",
        {"KeyId": "{key}", "PendingWindowInDays": 20},
        {"keyId": "{key}", "pendingWindowInDays": 20},
        answered={"keyId": "{arn}", "keyState": "PendingDeletion", "deletionDate": "{in 20 days}"},
    ),
    change("CancelKeyDeletion", {"KeyId": "{going}"}, {"keyId": "{going}"}, answered={"keyId": "{going_arn}"},
           resources=("{going_arn}",)),
    change(
        "ImportKeyMaterial",
        {
            "KeyId": "{empty}", "ImportToken": "{import_token}", "EncryptedKeyMaterial": "{wrapped}",
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE", "ImportType": "NEW_KEY_MATERIAL",
            "KeyMaterialDescription": "ExampleKeyMaterialA",
        },
        {
            "keyId": "{empty}", "expirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE", "importType": "NEW_KEY_MATERIAL",
            "keyMaterialDescription": "ExampleKeyMaterialA",
        },
        answered={"keyId": "{empty_arn}", "keyMaterialId": "{any}"},
        resources=("{empty_arn}",),
    ),
    change(
        "DeleteImportedKeyMaterial",
        {"KeyId": "{brought}", "KeyMaterialId": "{brought_material}"},
        {"keyId": "{brought}", "keyMaterialId": "{brought_material}"},
        answered={"keyId": "{brought_arn}", "keyMaterialId": "{brought_material}"},
        resources=("{brought_arn}",),
    ),
    change(  # CloudTrail tells description, keySpec, customerMasterKeySpec and keyUsage also where nobody has said them
        "CreateKey",
        {"Description": "", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT"},
        {
            "description": "", "origin": "AWS_KMS", "bypassPolicyLockoutSafetyCheck": False,
            "keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT",
        },
        answered={
            "keyMetadata": {
                "aWSAccountId": ACCOUNT, "keyId": "{any}", "arn": "{any}", "creationDate": "{any}", "enabled": True,
                "description": "", "keyUsage": "ENCRYPT_DECRYPT", "keyState": "Enabled", "origin": "AWS_KMS",
                "keyManager": "CUSTOMER", "customerMasterKeySpec": "SYMMETRIC_DEFAULT", "keySpec": "SYMMETRIC_DEFAULT",
                "encryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "multiRegion": False, "currentKeyMaterialId": "{any}",
            }
        },
        resources=("{any}",),
    ),
)  # fmt: skip
IMPORTING = ("ImportKeyMaterial", "DeleteImportedKeyMaterial")
"""Of which material must have been wrapped before."""


class Exemplified:
    """A region in which all that the examples name has been made."""

    def __init__(self) -> None:
        self.kept = KeptEntries()
        self.region = ServingRegion(audited=self.kept.audited())
        self.made: dict[str, str] = {"alias": f"arn:aws:kms:{HOME}:{ACCOUNT}:alias"}
        self.made["in 20 days"] = _time(NOW + 20 * 86_400_000)

    async def ask(self, operation: str, **parameters: object) -> Any:
        status, body = await self.region.ask(operation, **parameters)
        assert status == 200, (operation, body)
        return body

    async def make(self) -> "Exemplified":
        await self._make_keys()
        key = self.made["key"]
        self.made["blob"] = (await self.ask("Encrypt", KeyId=key, Plaintext=TEXT))["CiphertextBlob"]
        await self.ask("CreateAlias", AliasName="alias/example", TargetKeyId=key)
        await self.ask("TagResource", KeyId=key, Tags=[{"TagKey": "a", "TagValue": "b"}])
        terms = {"GranteePrincipal": ALICE, "RetiringPrincipal": f"arn:aws:iam::{ACCOUNT}:user/admin"}
        grant = await self.ask("CreateGrant", KeyId=key, Operations=["Encrypt"], **terms)
        self.made |= {"grant": grant["GrantId"], "token": grant["GrantToken"]}
        self.made["signature"] = (await self.ask("Sign", **self.filled(SIGNED)))["Signature"]
        self.made["mac"] = (await self.ask("GenerateMac", **self.filled(MAC_ASKED)))["Mac"]
        self.kept.taken()
        return self

    async def _make_keys(self) -> None:
        for name, terms in {
            "key": {}, "other": {}, "disabled": {}, "going": {}, "empty": {"Origin": "EXTERNAL"},
            "brought": {"Origin": "EXTERNAL"}, "hmac": {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
            "signer": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
        }.items():  # fmt: skip
            metadata = (await self.ask("CreateKey", **terms))["KeyMetadata"]
            self.made |= {name: metadata["KeyId"], f"{name}_arn": metadata["Arn"]}
            self.made[f"{name}_material"] = metadata.get("CurrentKeyMaterialId", "")
        self.made |= {"arn": self.made["key_arn"], "material": self.made["key_material"]}
        await self.ask("DisableKey", KeyId=self.made["disabled"])
        await self.ask("EnableKeyRotation", KeyId=self.made["other"])
        await self.ask("ScheduleKeyDeletion", KeyId=self.made["going"])

    async def bring_material(self) -> None:
        """It takes RSA keys, which take their time."""
        for name in ("brought", "empty"):
            algorithm, key = "RSAES_OAEP_SHA_256", self.made[name]
            got = await self.ask(
                "GetParametersForImport", KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048"
            )
            wrapped = wrap(algorithm, base64.b64decode(got["PublicKey"]), bytes(range(32)))
            self.made |= {"import_token": got["ImportToken"], "wrapped": base64.b64encode(wrapped).decode()}
            if name == "brought":
                said = {"ImportToken": got["ImportToken"], "EncryptedKeyMaterial": self.made["wrapped"]}
                terms = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
                answer = await self.ask("ImportKeyMaterial", KeyId=key, **said, **terms)
                self.made["brought_material"] = answer["KeyMaterialId"]
        self.kept.taken()

    def filled(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self.filled(member) for name, member in value.items()}
        if isinstance(value, list | tuple):
            return [self.filled(member) for member in value]
        if isinstance(value, str) and value.startswith("{") and value != POLICY:
            name, _, rest = value[1:].partition("}")
            return ANY if name == "any" else self.made[name] + rest
        return value

    async def event(self, example: Example) -> dict[str, Any]:
        """Of the one entry that the call itself has left."""
        if example.operation in IMPORTING:
            await self.bring_material()
        written = len(self.region.log.records)
        await self.ask(example.operation, **self.filled(example.asked))
        records = map(envelope_of, self.region.log.records[written:])
        entries = [*self.kept.taken(), *(entry for record in records for entry in derived_entries(record, 1))]
        (entry,) = [entry for entry in entries if entry.operation not in SERVICE_EVENTS]
        return cloudtrail_event(entry, HOME, "id", "shared", ACCOUNT)


class _Any:
    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other != ""

    def __hash__(self) -> int:
        return 0


ANY = _Any()


def _time(milliseconds: int) -> str:
    return str((told({"CreationDate": milliseconds / 1000}) or {})["creationDate"])


@pytest.mark.parametrize("example", [*USES, *READS, *CHANGES], ids=lambda example: example.operation)
async def test_a_call_is_told_as_in_its_example(example: Example) -> None:
    exemplified = await Exemplified().make()
    event = await exemplified.event(example)
    told_of = (event["requestParameters"], event["responseElements"], event.get("additionalEventData"))
    assert told_of == tuple(map(exemplified.filled, (example.parameters, example.answered, example.beside)))
    resources = [resource["ARN"] for resource in event.get("resources", ())]
    assert sorted(resources) == sorted(exemplified.filled(example.resources), key=str)
    assert event["readOnly"] is example.read_only
    assert {*event, "additionalEventData", "resources"} == CALL_FIELDS | {"additionalEventData"}
    assert TEXT not in str(event)
