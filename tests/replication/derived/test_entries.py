"""Entries that follow from records: of calls, and of what a region does by itself; and from nothing else."""

from uuid import UUID

import msgspec
import pytest

from replication.derived import facts as derived_facts
from replication.derived.entries import derived_entries
from replication.records.record import Envelope
from shared import events as e
from shared.audit.cloudtrail import SERVICE_EVENTS, cloudtrail_event
from shared.audit.entry import AuditEntry, Identity, Origin, decode_entry, encode_entry
from shared.grants.events import GrantRetired
from shared.identifiers import alias_arn, key_arn
from shared.keys.scream_events import ScreamTestStarted, ScreamTestStopped
from tests.golden.samples import ENVELOPES
from tests.replication.written_log import (
    ACCOUNT,
    HOME,
    PEER,
    SharedLog,
    WrittenLog,
    created,
    envelope_of,
    granted,
    key_id,
    multi_region_key_id,
    request,
)

KEY = key_arn(HOME, ACCOUNT, key_id(1))
SHARED_ID = multi_region_key_id(1)
MATERIAL = e.MaterialBorn("ab" * 32, key_id(1), 0)


def written(*events: e.Event, operation: str | None = None) -> Envelope:
    log = WrittenLog()
    log.open()
    return envelope_of(log.write(*events, request=None if operation is None else request(operation)))


def derived(*events: e.Event, operation: str | None = None) -> tuple[AuditEntry, ...]:
    return derived_entries(written(*events, operation=operation), 7)


def adopted(*events: e.Event) -> tuple[AuditEntry, ...]:
    log, peer = WrittenLog(), SharedLog()
    log.open()
    return derived_entries(envelope_of(log.adopt(peer.share(*events))), 7)


def test_a_call_is_told_as_its_record_has_it() -> None:
    envelope = written(e.KeyDisabled(ACCOUNT, key_id(1)), operation="DisableKey")
    (entry,) = derived_entries(envelope, 7)
    asked = envelope.request
    assert asked is not None
    assert (entry.operation, entry.request_id, entry.parameters) == ("DisableKey", asked.request_id, asked.parameters)
    assert (entry.source_address, entry.user_agent) == (asked.source_address, asked.user_agent)
    assert (entry.time, entry.origin) == (envelope.time, Origin(envelope.log, envelope.partition, 7))
    assert (entry.response, entry.resources) == ({"KeyId": KEY}, (KEY,))
    assert (entry.changes, entry.waited, entry.error) == (True, True, None)


def test_a_record_of_before_tells_who_called_by_its_arn() -> None:
    (entry,) = derived(e.KeyDisabled(ACCOUNT, key_id(1)), operation="DisableKey")
    asked = request("DisableKey")
    assert entry.identity == Identity("IAMUser", ACCOUNT, asked.caller, "", asked.access_key_id)


def test_a_record_that_knows_tells_all_of_who_called() -> None:
    envelope = ENVELOPES["envelope-change-by-a-session"]
    (entry,) = derived_entries(envelope, 7)
    assert envelope.request is not None
    assert (entry.identity, entry.service, entry.secure) == (envelope.request.identity, "kms", True)


def test_entries_are_the_same_to_the_byte_however_often_they_are_derived() -> None:
    envelope = ENVELOPES["envelope-change-by-a-session"]
    encoded = [encode_entry(entry) for entry in derived_entries(envelope, 7)]
    assert encoded == [encode_entry(entry) for entry in derived_entries(envelope, 7)]
    assert [decode_entry(each) for each in encoded] == list(derived_entries(envelope, 7))


@pytest.mark.parametrize(
    ("event", "operation", "response"),
    [
        (e.KeyDeletionScheduled(ACCOUNT, key_id(1), 7), "ScheduleKeyDeletion", {"KeyState": "PendingReplicaDeletion"}),
        (
            e.KeyDeletionScheduled(ACCOUNT, key_id(1), 7, 1_000_000),
            "ScheduleKeyDeletion",
            {"KeyState": "PendingDeletion", "DeletionDate": 1_000.0},
        ),
        (granted(1), "CreateGrant", {"GrantId": granted(1).grant_id}),
        (e.KeyMaterialImported(ACCOUNT, key_id(1), (MATERIAL,)), "ImportKeyMaterial", {"KeyMaterialId": "ab" * 32}),
    ],
)
def test_answers_are_told_where_cloudtrail_tells_them(
    event: e.Event, operation: str, response: dict[str, object]
) -> None:
    (entry,) = derived(event, operation=operation)
    assert entry.response == {"KeyId": KEY, **response}


def test_a_new_key_is_told_with_its_metadata_and_without_its_policy() -> None:
    policy = '{"Statement": "never told"}'
    (entry,) = derived(created(1)._replace(policy=policy), operation="CreateKey")
    metadata = (entry.response or {})["KeyMetadata"]
    assert (metadata["Arn"], metadata["KeyState"], metadata["MultiRegion"]) == (KEY, "Enabled", False)
    assert b"never told" not in encode_entry(entry)
    told = cloudtrail_event(entry, HOME, "", "", ACCOUNT)["responseElements"]["keyMetadata"]
    assert told["aWSAccountId"] == ACCOUNT


@pytest.mark.parametrize(
    ("spec", "usage", "algorithms"),
    [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "EncryptionAlgorithms"),
        ("ECC_NIST_P256", "SIGN_VERIFY", "SigningAlgorithms"),
        ("HMAC_256", "GENERATE_VERIFY_MAC", "MacAlgorithms"),
        ("ECC_NIST_P256", "KEY_AGREEMENT", "KeyAgreementAlgorithms"),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms"),
    ],
)
def test_a_new_key_tells_what_it_can_be_used_with(spec: str, usage: str, algorithms: str) -> None:
    (entry,) = derived(created(1)._replace(spec=spec, usage=usage), operation="CreateKey")
    metadata = (entry.response or {})["KeyMetadata"]
    assert [name for name in metadata if name.endswith("Algorithms")] == [algorithms]
    assert metadata[algorithms]


def test_a_new_key_tells_its_material_its_regions_and_its_store() -> None:
    family = e.KeyFamilyCreated(
        ACCOUNT, SHARED_ID, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", (MATERIAL,), HOME, (PEER,)
    )
    (entry,) = derived(family, operation="CreateKey")
    metadata = (entry.response or {})["KeyMetadata"]
    configuration = metadata["MultiRegionConfiguration"]
    assert metadata["CurrentKeyMaterialId"] == MATERIAL.material_id
    assert (configuration["MultiRegionKeyType"], configuration["PrimaryKey"]["Region"]) == ("PRIMARY", HOME)
    assert [replica["Region"] for replica in configuration["ReplicaKeys"]] == [PEER]
    kept = created(1)._replace(origin="EXTERNAL_KEY_STORE", custom_key_store_id="cks-1", external_key_id="x")
    (entry,) = derived(kept, operation="CreateKey")
    metadata = (entry.response or {})["KeyMetadata"]
    assert (metadata["CustomKeyStoreId"], metadata["XksKeyConfiguration"]) == ("cks-1", {"Id": "x"})


def test_an_alias_that_goes_tells_whose_it_was() -> None:
    (entry,) = derived(e.AliasDeleted(ACCOUNT, "alias/a", key_id(1)), operation="DeleteAlias")
    assert (entry.resources, entry.response) == ((alias_arn(HOME, ACCOUNT, "alias/a"), KEY), {"KeyId": KEY})


def test_what_was_brought_and_is_deleted_is_told() -> None:
    (entry,) = derived(e.KeyMaterialDeleted(ACCOUNT, key_id(1), "ab" * 32), operation="DeleteImportedKeyMaterial")
    assert entry.response == {"KeyId": KEY, "KeyMaterialId": "ab" * 32}


def replicated(region: str) -> e.KeyReplicated:
    primary = PEER if region == HOME else HOME
    spec = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS")
    return e.KeyReplicated(ACCOUNT, SHARED_ID, *spec, (), primary, (region,), region, policy="never told")


def test_a_replica_is_told_with_its_metadata_and_without_its_policy() -> None:
    (entry,) = derived(replicated(PEER), operation="ReplicateKey")
    metadata = (entry.response or {})["ReplicaKeyMetadata"]
    assert metadata["Arn"] == key_arn(PEER, ACCOUNT, SHARED_ID)
    assert metadata["MultiRegionConfiguration"]["PrimaryKey"]["Region"] == HOME
    assert entry.resources == (key_arn(HOME, ACCOUNT, SHARED_ID),)
    assert b"never told" not in encode_entry(entry)


def test_retiring_a_grant_tells_which() -> None:
    (entry,) = derived(GrantRetired(ACCOUNT, key_id(1), "ab" * 32), operation="RetireGrant")
    assert entry.additional == {"GrantId": "ab" * 32}


def test_an_alias_is_told_with_its_key() -> None:
    (entry,) = derived(e.AliasCreated(ACCOUNT, "alias/a", key_id(1)), operation="CreateAlias")
    assert entry.resources == (alias_arn(HOME, ACCOUNT, "alias/a"), KEY)


def test_a_secret_access_key_is_never_told() -> None:
    (entry,) = derived(e.AccessKeyCreated(ACCOUNT, "a", "AKIAFRESH", b"wrapped"), operation="CreateAccessKey")
    assert entry.response == {"AccessKey": {"AccessKeyId": "AKIAFRESH", "Status": "Active", "UserName": "a"}}


def test_describing_an_alias_may_make_a_key_and_is_still_a_read() -> None:
    (entry,) = derived(created(1), operation="DescribeKey")
    assert not entry.changes


def test_what_is_rotated_on_demand_is_a_call_and_a_service_event() -> None:
    rotated = e.KeyRotated(ACCOUNT, key_id(1), "ON_DEMAND", "cd" * 32, (MATERIAL,))
    call, rotation = derived(rotated, operation="RotateKeyOnDemand")
    assert (call.operation, rotation.operation, rotation.identity) == ("RotateKeyOnDemand", "RotateKey", None)
    assert rotation.details == {
        "RotationType": "ON_DEMAND",
        "KeyOrigin": "AWS_KMS",
        "CurrentKeyMaterialId": "cd" * 32,
        "KeyId": key_id(1),
    }


def test_a_rotation_tells_what_was_before_and_where_the_material_is_from() -> None:
    rotated = e.KeyRotated(
        ACCOUNT, key_id(1), "ON_DEMAND", "cd" * 32, previous_material_id="ab" * 32, key_origin="EXTERNAL"
    )
    (rotation,) = derived(rotated)
    assert rotation.details == {
        "RotationType": "ON_DEMAND",
        "KeyOrigin": "EXTERNAL",
        "PreviousKeyMaterialId": "ab" * 32,
        "CurrentKeyMaterialId": "cd" * 32,
        "KeyId": key_id(1),
    }


@pytest.mark.parametrize(
    ("event", "operation"),
    [
        (e.KeyRotated(ACCOUNT, key_id(1), "AUTOMATIC", "cd" * 32, (MATERIAL,)), "RotateKey"),
        (e.KeyDeleted(ACCOUNT, key_id(1), HOME, whole=True), "DeleteKey"),
        (e.KeyMaterialDeleted(ACCOUNT, key_id(1), "ab" * 32, expired=True), "DeleteExpiredKeyMaterial"),
        (ScreamTestStarted(ACCOUNT, key_id(1), "ab" * 8, 5, 50, 30, "ann@desk"), "StartScreamTest"),
        (ScreamTestStopped(ACCOUNT, key_id(1), "ab" * 8, "ann@desk"), "StopScreamTest"),
    ],
)
def test_what_the_region_does_by_itself_is_a_service_event(event: e.Event, operation: str) -> None:
    (entry,) = derived(event)
    assert (entry.operation, entry.identity, entry.request_id, entry.resources) == (operation, None, "", (KEY,))
    told = cloudtrail_event(entry, HOME, "", "", ACCOUNT)
    assert (told["eventType"], told["serviceEventDetails"]["keyId"]) == ("AwsServiceEvent", key_id(1))


def test_service_events_have_the_names_by_which_they_are_known_as_such() -> None:
    assert {name for name, _ in derived_facts.SERVICE_EVENTS.values()} == SERVICE_EVENTS


def test_who_has_begun_a_scream_test_is_told() -> None:
    (entry,) = derived(ScreamTestStarted(ACCOUNT, key_id(1), "ab" * 8, 5, 50, 30, "ann@desk"))
    assert entry.details is not None
    assert (entry.details["Test"], entry.details["StartedBy"], entry.details["ToPercent"]) == ("ab" * 8, "ann@desk", 50)


def test_what_nobody_asked_for_and_cloudtrail_does_not_tell_is_no_entry() -> None:
    assert derived(e.KeyDisabled(ACCOUNT, key_id(1))) == ()
    assert derived(e.KeyMaterialDeleted(ACCOUNT, key_id(1), "ab" * 32)) == ()


def test_a_replica_that_begins_here_is_created_by_the_service_itself() -> None:
    (entry,) = adopted(replicated(HOME))
    assert (entry.operation, entry.identity, entry.resources) == (
        "CreateKey",
        None,
        (key_arn(HOME, ACCOUNT, SHARED_ID),),
    )
    assert UUID(entry.request_id)


def test_news_of_a_key_synchronizes_it_once() -> None:
    (entry,) = adopted(e.KeyDisabled(ACCOUNT, SHARED_ID), e.KeyDescriptionUpdated(ACCOUNT, SHARED_ID, "text"))
    primary = key_arn(PEER, ACCOUNT, SHARED_ID)
    assert (entry.operation, entry.resources) == ("SynchronizeMultiRegionKey", (primary,))
    told = cloudtrail_event(entry, HOME, "", "", ACCOUNT)
    assert (told["eventType"], told["responseElements"]) == ("AwsApiCall", {"keyId": primary})


def test_news_of_anything_else_is_no_entry() -> None:
    assert adopted(e.UserCreated(ACCOUNT, "b", "AIDAB")) == ()


def test_what_this_version_cannot_read_has_no_entries() -> None:
    envelope = written(e.KeyDisabled(ACCOUNT, key_id(1)), operation="DisableKey")
    assert derived_entries(msgspec.structs.replace(envelope, body=b"\xc1"), 7) == ()
    assert derived_entries(msgspec.structs.replace(envelope, body=None), 7) == ()
