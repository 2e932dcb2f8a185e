"""Entries as CloudTrail's JSON, held against the examples of AWS's documentation.

Source of the examples: AWS KMS Developer Guide, "Examples of AWS KMS log entries"; AWS CloudTrail User Guide,
"CloudTrail userIdentity element" and "CloudTrail record contents".
"""

from typing import Any

import msgspec
import pytest

from shared.audit.cloudtrail import EVENT_SOURCES, cloudtrail_event, resource_type
from shared.audit.cloudtrail_identity import user_identity, user_name
from shared.audit.cloudtrail_names import told
from shared.audit.entry import FORM, AuditEntry, Identity

ACCOUNT, OTHER = "111122223333", "444455556666"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/{KEY_ID}"
ALICE = Identity("IAMUser", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/team/Alice", "AIDAALICE", "AKIAALICE")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/Reader"
SESSION = Identity(
    "AssumedRole",
    ACCOUNT,
    f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/today",
    "AROAREADER:today",
    "ASIAREADER",
    ROLE,
    1_595_890_704_000,
)
ENTRY = AuditEntry(
    form=FORM,
    time=1_595_890_704_999,
    service="kms",
    operation="Decrypt",
    identity=ALICE,
    request_id="b4a65126-30d5-4b28-98b9-9153da559963",
    source_address="192.0.2.0",
    user_agent="aws-cli",
    secure=True,
    parameters={"EncryptionAlgorithm": "SYMMETRIC_DEFAULT", "KeyId": KEY, "EncryptionContext": {"Department": "A"}},
    response=None,
    additional=None,
    resources=(KEY,),
    error=None,
    changes=False,
    waited=True,
)
INTERNAL = msgspec.structs.replace(
    ENTRY, identity=None, request_id="", source_address="", user_agent="", parameters=None, changes=True
)
CALL_FIELDS = {
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "requestParameters",
    "responseElements",
    "requestID",
    "eventID",
    "readOnly",
    "resources",
    "eventType",
    "managementEvent",
    "recipientAccountId",
    "eventCategory",
}
"""Of every example of a call that CloudTrail has written since 2021."""


def _event(entry: AuditEntry, recipient: str = ACCOUNT) -> dict[str, Any]:
    return cloudtrail_event(entry, "us-west-2", "own-id", "shared-id", recipient)


def _altered(entry: AuditEntry = ENTRY, **changes: Any) -> AuditEntry:
    return msgspec.structs.replace(entry, **changes)


def test_a_decryption_is_told_as_in_the_documentation() -> None:
    assert _event(ENTRY) == {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAALICE",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/team/Alice",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAALICE",
            "userName": "Alice",
        },
        "eventTime": "2020-07-27T22:58:24Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": "us-west-2",
        "sourceIPAddress": "192.0.2.0",
        "userAgent": "aws-cli",
        "requestParameters": {
            "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "keyId": KEY,
            "encryptionContext": {"Department": "A"},
        },
        "responseElements": None,
        "requestID": "b4a65126-30d5-4b28-98b9-9153da559963",
        "eventID": "own-id",
        "readOnly": True,
        "resources": [{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": KEY}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


@pytest.mark.parametrize(
    ("entry", "further"),
    [
        (ENTRY, set()),
        (_altered(error=("IncorrectKeyException", "no")), {"errorCode", "errorMessage"}),
        (_altered(additional={"CustomKeyStoreId": "cks-1", "XksKeyId": "abc"}), {"additionalEventData"}),
        (_altered(resources=(KEY, KEY.replace(ACCOUNT, OTHER))), {"sharedEventID"}),
    ],
    ids=["decrypt", "decrypt-fail", "decrypt-xks", "cross-account"],
)
def test_a_call_has_the_fields_of_its_example_and_no_others(entry: AuditEntry, further: set[str]) -> None:
    assert set(_event(entry)) == CALL_FIELDS | further


def test_what_touches_no_resource_says_so_by_their_absence() -> None:
    assert set(_event(_altered(operation="CreateCustomKeyStore", resources=()))) == CALL_FIELDS - {"resources"}


@pytest.mark.parametrize("name", ["RotateKey", "DeleteKey", "DeleteExpiredKeyMaterial"])
def test_a_service_event_has_no_request(name: str) -> None:
    event = _event(_altered(INTERNAL, operation=name, details={"KeyId": KEY_ID}))
    assert set(event) == CALL_FIELDS - {"requestID"} | {"serviceEventDetails"}
    assert (event["eventType"], event["readOnly"], event["requestParameters"]) == ("AwsServiceEvent", False, None)
    assert event["userIdentity"] == {"accountId": ACCOUNT, "invokedBy": "AWS Internal"}
    assert event["sourceIPAddress"] == event["userAgent"] == "AWS Internal"


def test_a_rotation_has_the_details_of_its_example() -> None:
    details = {
        "RotationType": "ON_DEMAND",
        "KeyOrigin": "AWS_KMS",
        "PreviousKeyMaterialId": "a" * 64,
        "CurrentKeyMaterialId": "b" * 64,
        "KeyId": KEY_ID,
    }
    assert _event(_altered(INTERNAL, operation="RotateKey", details=details))["serviceEventDetails"] == {
        "rotationType": "ON_DEMAND",
        "keyOrigin": "AWS_KMS",
        "previousKeyMaterialId": "a" * 64,
        "currentKeyMaterialId": "b" * 64,
        "keyId": KEY_ID,
    }


def test_a_synchronization_is_a_call_of_the_service_itself() -> None:
    event = _event(_altered(INTERNAL, operation="SynchronizeMultiRegionKey", request_id="id"))
    assert set(event) == CALL_FIELDS
    assert (event["eventType"], event["requestID"]) == ("AwsApiCall", "id")
    assert event["userIdentity"] == {"accountId": ACCOUNT, "invokedBy": "AWS Internal"}


def test_members_are_told_under_cloudtrails_names_and_keys_of_maps_as_they_are() -> None:
    assert told(
        {
            "AWSAccountId": ACCOUNT,
            "CreationDate": 1_605_662_958.0,
            "Constraints": {"EncryptionContextSubset": {"ContextKey1": "Value1"}},
            "Tags": [{"TagKey": "Cost", "TagValue": "X"}],
            "MultiRegionConfiguration": {"ReplicaKeys": []},
            "PendingWindowInDays": 7,
        }
    ) == {
        "aWSAccountId": ACCOUNT,
        "creationDate": "Nov 18, 2020, 1:29:18 AM",
        "constraints": {"encryptionContextSubset": {"ContextKey1": "Value1"}},
        "tags": [{"tagKey": "Cost", "tagValue": "X"}],
        "multiRegionConfiguration": {"replicaKeys": []},
        "pendingWindowInDays": 7,
    }


def test_times_of_noon_and_midnight_are_twelve() -> None:
    assert told({"ValidTo": 1_609_459_200, "DeletionDate": 1_609_502_400}) == {
        "validTo": "Jan 1, 2021, 12:00:00 AM",
        "deletionDate": "Jan 1, 2021, 12:00:00 PM",
    }


def test_no_parameters_are_null() -> None:
    assert told({}) is told(None) is None


ATTRIBUTES = {"creationDate": "2020-07-27T22:58:24Z", "mfaAuthenticated": "false"}
ROOT = Identity("Root", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, "AKIAROOT")


@pytest.mark.parametrize(
    ("identity", "beside"),
    [
        (ROOT, {}),
        (ALICE, {"userName": "Alice"}),
        (
            msgspec.structs.replace(ALICE, issued_at=1_595_890_704_000),
            {"userName": "Alice", "sessionContext": {"attributes": ATTRIBUTES}},
        ),
        (
            SESSION,
            {
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role",
                        "principalId": "AROAREADER",
                        "arn": ROLE,
                        "accountId": ACCOUNT,
                        "userName": "Reader",
                    },
                    "webIdFederationData": {},
                    "attributes": ATTRIBUTES,
                }
            },
        ),
    ],
    ids=["Root", "IAMUser", "IAMUser with a session token", "AssumedRole"],
)
def test_who_called_has_the_form_of_his_kind(identity: Identity, beside: dict[str, Any]) -> None:
    common = {
        "type": identity.kind,
        "principalId": identity.principal_id,
        "arn": identity.arn,
        "accountId": ACCOUNT,
        "accessKeyId": identity.access_key_id,
    }
    assert user_identity(identity, ACCOUNT) == common | beside


def test_a_session_says_who_vouched_for_it_and_its_source_identity() -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/issuer.example.com"
    told_of = user_identity(msgspec.structs.replace(SESSION, provider=provider, source_identity="Eve"), ACCOUNT)
    assert told_of["sessionContext"]["webIdFederationData"] == {"federatedProvider": provider, "attributes": {}}
    assert told_of["sessionContext"]["sourceIdentity"] == "Eve"


def test_callers_without_an_account_are_told_as_what_they_are() -> None:
    service = Identity("AWSService", "", "backup.example.com", "", "")
    token = Identity("WebIdentityUser", "", "", "issuer.example.com:app:eve", "", provider="issuer.example.com")
    assert user_identity(service, ACCOUNT) == {"type": "AWSService", "invokedBy": "backup.example.com"}
    assert user_identity(token, ACCOUNT) == {
        "type": "WebIdentityUser",
        "principalId": "issuer.example.com:app:eve",
        "userName": "eve",
        "identityProvider": "issuer.example.com",
    }


def test_the_trail_of_the_keys_owner_tells_of_another_accounts_caller_only_which_account_he_is_of() -> None:
    entry = _altered(resources=(KEY.replace(ACCOUNT, OTHER),))
    callers, owners = _event(entry), _event(entry, OTHER)
    assert owners["userIdentity"] == {"type": "AWSAccount", "principalId": "AIDAALICE", "accountId": ACCOUNT}
    assert (callers["recipientAccountId"], owners["recipientAccountId"]) == (ACCOUNT, OTHER)
    assert callers["sharedEventID"] == owners["sharedEventID"] == "shared-id"


def test_a_refusal_of_another_accounts_key_has_no_copy_and_so_no_shared_id() -> None:
    refused = _altered(resources=(KEY.replace(ACCOUNT, OTHER),), error=("AccessDeniedException", "not authorized"))
    event = _event(refused)
    assert "sharedEventID" not in event
    assert (event["errorCode"], event["errorMessage"]) == ("AccessDenied", "not authorized")


def test_an_error_without_a_message_has_none() -> None:
    assert "errorMessage" not in _event(_altered(error=("NotAuthorized", "")))


def test_every_service_has_its_source_and_what_aws_does_not_know_is_told_apart() -> None:
    sources = {service: _event(_altered(service=service))["eventSource"] for service in EVENT_SOURCES}
    assert sources["iam"] == "iam.amazonaws.com"
    assert [service for service, source in sources.items() if "amazonaws" not in source] == ["keytide"]


def test_resources_are_called_by_their_kind() -> None:
    assert resource_type(KEY) == "AWS::KMS::Key"
    assert resource_type(f"arn:aws:kms:us-west-2:{ACCOUNT}:alias/x/y") == "AWS::KMS::Alias"
    assert resource_type(ROLE) == "AWS::IAM::Role"
    assert resource_type("arn:aws:sts::1:something") is None
    assert resource_type("*") is None


def test_names_of_users_and_roles() -> None:
    assert [user_name(who) for who in (ALICE, SESSION, ROOT)] == ["Alice", "Reader", ""]
