"""CreateKey, DescribeKey, ListKeys, EnableKey, DisableKey, UpdateKeyDescription."""

import re
from typing import Any

import pytest

from services.region_node.operations.types.keys import CreateKeyResponse, DescribeKeyResponse
from services.region_node.wire.shapes import compile_response
from shared.errors import (
    AccessDenied,
    InvalidArn,
    KeytideError,
    LimitExceeded,
    NotFound,
    ValidationFailed,
)
from shared.identifiers import KEY_ID_PATTERN
from shared.keys.specs import ALGORITHMS
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion
from tests.services.region_node.operations.uses import with_sm2_if_installed

ALGORITHM_LISTS = {
    "ENCRYPT_DECRYPT": "EncryptionAlgorithms",
    "SIGN_VERIFY": "SigningAlgorithms",
    "GENERATE_VERIFY_MAC": "MacAlgorithms",
    "KEY_AGREEMENT": "KeyAgreementAlgorithms",
    "ENCAPSULATE_DECAPSULATE": "EncapsulationAlgorithms",
}
KINDS = with_sm2_if_installed(
    (spec, usage)
    for spec, usages in ALGORITHMS.items()
    for usage in usages
    if spec not in ("SYMMETRIC_DEFAULT", "RSA_3072", "RSA_4096")  # these two take their time, and differ in nothing
)
ABSENT = "00000000-0000-4000-8000-000000000000"
FOREIGN = (
    f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: kms:DescribeKey on this resource because "
    "the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy "
    "explicitly denies access"
)


async def test_a_new_key_has_the_members_of_its_kind_and_no_others(region: FakeRegion) -> None:
    key_id = await region.create_key(Description="for invoices")
    described = await region.ask("DescribeKey", KeyId=key_id)
    body: Any = compile_response(DescribeKeyResponse)(described)["KeyMetadata"]
    material_id = body.pop("CurrentKeyMaterialId")
    assert re.fullmatch("[0-9a-f]{64}", material_id)
    assert KEY_ID_PATTERN.fullmatch(key_id)
    assert body == {
        "AWSAccountId": ACCOUNT,
        "KeyId": key_id,
        "Arn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key_id}",
        "CreationDate": 1_700_000_000.0,
        "Enabled": True,
        "Description": "for invoices",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ("SYMMETRIC_DEFAULT",),
        "MultiRegion": False,
    }


@pytest.mark.parametrize(("spec", "usage"), KINDS)
async def test_a_key_of_every_kind_tells_its_algorithms_and_nothing_of_symmetric_keys(
    region: FakeRegion, spec: str, usage: str
) -> None:
    created = await region.ask("CreateKey", KeySpec=spec, KeyUsage=usage)
    body: Any = compile_response(CreateKeyResponse)(created)["KeyMetadata"]
    lists = {name: members for name, members in body.items() if name.endswith("Algorithms")}
    assert lists == {ALGORITHM_LISTS[usage]: ALGORITHMS[spec][usage]}
    assert (body["KeySpec"], body["CustomerMasterKeySpec"], body["KeyUsage"]) == (spec, spec, usage)
    assert "CurrentKeyMaterialId" not in body


async def test_create_key_answers_what_describe_key_answers(region: FakeRegion) -> None:
    created = await region.ask("CreateKey", MultiRegion=True)
    described = await region.ask("DescribeKey", KeyId=created.key_metadata.key_id)
    assert created.key_metadata == described.key_metadata
    assert created.key_metadata.key_id.startswith("mrk-")


async def test_a_lone_primary_names_itself(region: FakeRegion) -> None:
    key_id = await region.create_key(MultiRegion=True)
    metadata = (await region.ask("DescribeKey", KeyId=key_id)).key_metadata
    configuration = metadata.multi_region_configuration
    assert configuration.multi_region_key_type == "PRIMARY"
    assert configuration.primary_key == (metadata.arn, "us-east-1")
    assert configuration.replica_keys == ()


async def test_a_command_seen_before_is_answered_with_its_first_key(region: FakeRegion) -> None:
    first = await region.ask("CreateKey", ACCOUNT, "command-1")
    again = await region.ask("CreateKey", ACCOUNT, "command-1")
    assert again == first
    assert len(region.appended) == 1


@pytest.mark.parametrize("member", ["KeySpec", "CustomerMasterKeySpec"])
async def test_both_names_of_the_key_spec_are_taken(region: FakeRegion, member: str) -> None:
    for spec, usage in (("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), ("HMAC_256", "GENERATE_VERIFY_MAC")):
        key_id = await region.create_key(**{member: spec}, KeyUsage=usage)
        metadata = (await region.ask("DescribeKey", KeyId=key_id)).key_metadata
        assert (metadata.key_spec, metadata.customer_master_key_spec, metadata.key_usage) == (spec, spec, usage)


@pytest.mark.parametrize(
    ("parameters", "error", "text"),
    [
        (
            {"KeySpec": "RSA_2048"},
            ValidationFailed,
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
        ),
        (
            {"KeySpec": "RSA_2048", "KeyUsage": "KEY_AGREEMENT"},
            ValidationFailed,
            "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048",
        ),
        (
            {"KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"},
            ValidationFailed,
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. "
            "CustomerMasterKeySpec is deprecated.",
        ),
        (
            {"CustomKeyStoreId": "cks-1"},
            ValidationFailed,
            "CustomKeyStoreId is for keys of origin AWS_CLOUDHSM and EXTERNAL_KEY_STORE, and they need it.",
        ),
        ({"XksKeyId": "x"}, ValidationFailed, "XksKeyId is for keys of origin EXTERNAL_KEY_STORE, and they need it."),
        (
            {"Origin": "AWS_CLOUDHSM"},
            ValidationFailed,
            "CustomKeyStoreId is for keys of origin AWS_CLOUDHSM and EXTERNAL_KEY_STORE, and they need it.",
        ),
    ],
)
async def test_what_create_key_refuses(
    region: FakeRegion, parameters: dict[str, Any], error: type[KeytideError], text: str
) -> None:
    with pytest.raises(error) as refusal:
        await region.ask("CreateKey", **parameters)
    assert refusal.value.message == text
    assert region.appended == []


async def test_the_quota_of_keys(region: FakeRegion) -> None:
    region.quotas = region.quotas._replace(keys_per_account=1)
    await region.create_key()
    with pytest.raises(LimitExceeded):
        await region.create_key()


async def test_every_form_of_identifier_finds_the_key(region: FakeRegion) -> None:
    key_id = await region.create_key()
    await region.ask("CreateAlias", AliasName="alias/x", TargetKeyId=key_id)
    prefix = f"arn:aws:kms:us-east-1:{ACCOUNT}:"
    for identifier in (key_id, f"{prefix}key/{key_id}", "alias/x", f"{prefix}alias/x"):
        described = await region.ask("DescribeKey", KeyId=identifier)
        assert described.key_metadata.key_id == key_id


@pytest.mark.parametrize(
    ("identifier", "error", "text"),
    [
        ("x", NotFound, "Invalid keyId 'x'"),
        (ABSENT.replace("-", ""), NotFound, f"Invalid keyId '{ABSENT.replace('-', '')}'"),
        (ABSENT, NotFound, f"Key 'arn:aws:kms:us-east-1:{ACCOUNT}:key/{ABSENT}' does not exist"),
        ("alias/x", NotFound, f"Alias arn:aws:kms:us-east-1:{ACCOUNT}:alias/x is not found."),
        (f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{ABSENT}", NotFound, "Invalid arn eu-west-1"),
        ("arn:aws:s3:::bucket", InvalidArn, "Invalid arn arn:aws:s3:::bucket"),
        (f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/{ABSENT}", AccessDenied, FOREIGN),
        (f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:alias/x", AccessDenied, FOREIGN),
    ],
)
async def test_identifiers_that_find_nothing(
    region: FakeRegion, identifier: str, error: type[KeytideError], text: str
) -> None:
    with pytest.raises(error) as refusal:
        await region.ask("DescribeKey", KeyId=identifier)
    assert refusal.value.message == text


async def test_another_accounts_key_looks_as_if_it_were_not_there(region: FakeRegion) -> None:
    key_id = await region.create_key()
    texts = []
    for named in (key_id, ABSENT):
        with pytest.raises(AccessDenied) as refusal:
            await region.ask("DescribeKey", OTHER_ACCOUNT, KeyId=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{named}")
        texts.append(refusal.value.message)
    assert texts[0] == texts[1]
    with pytest.raises(NotFound):
        await region.ask("DescribeKey", OTHER_ACCOUNT, KeyId=key_id)


@pytest.mark.parametrize("operation", ["EnableKey", "DisableKey", "ListResourceTags", "GetKeyPolicy", "ReplicateKey"])
async def test_operations_that_take_no_alias(region: FakeRegion, operation: str) -> None:
    extra = {"ReplicaRegion": "eu-west-1"} if operation == "ReplicateKey" else {}
    with pytest.raises(InvalidArn) as refusal:
        await region.ask(operation, KeyId="alias/x", **extra)
    assert refusal.value.message == "Key Aliases are not supported for this operation"


async def test_a_key_that_only_other_regions_hold_is_not_there(region: FakeRegion) -> None:
    elsewhere = FakeRegion("eu-west-1", ("us-east-1",))
    key_id = await elsewhere.create_key(MultiRegion=True)
    elsewhere.deliver(region)
    assert region.view.key(ACCOUNT, key_id) is not None
    with pytest.raises(NotFound):
        await region.ask("DescribeKey", KeyId=key_id)
    assert (await region.ask("ListKeys")).keys == ()


async def test_disabling_enabling_and_describing(region: FakeRegion) -> None:
    key_id = await region.create_key()
    for operation, state in (("DisableKey", "Disabled"), ("DisableKey", "Disabled"), ("EnableKey", "Enabled")):
        await region.ask(operation, KeyId=key_id)
        metadata = (await region.ask("DescribeKey", KeyId=key_id)).key_metadata
        assert (metadata.key_state, metadata.enabled) == (state, state == "Enabled")
    await region.ask("UpdateKeyDescription", KeyId=key_id, Description="new")
    assert (await region.ask("DescribeKey", KeyId=key_id)).key_metadata.description == "new"


async def test_keys_are_listed_page_by_page(region: FakeRegion) -> None:
    created = {await region.create_key(MultiRegion=number % 2 == 0) for number in range(7)}
    listed, marker, pages = [], None, 0
    while True:
        page = await region.ask("ListKeys", Limit=3, Marker=marker)
        listed += [entry.key_id for entry in page.keys]
        assert all(entry.key_arn == f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{entry.key_id}" for entry in page.keys)
        pages += 1
        assert page.truncated == (page.next_marker is not None)
        if not page.truncated:
            break
        marker = page.next_marker
    assert (pages, set(listed), len(listed)) == (3, created, 7)
    assert (await region.ask("ListKeys", OTHER_ACCOUNT)).keys == ()


async def test_no_key_is_shared_through_ram(region: FakeRegion) -> None:
    await region.create_key()
    assert (await region.ask("ListKeys", ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])).keys == ()
    assert len((await region.ask("ListKeys", ResourceOwners=["SELF", "OTHER_ACCOUNTS_VIA_RAM"])).keys) == 1
