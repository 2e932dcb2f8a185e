"""CreateKey with replicas: one call, the rights that it takes, and what every region has then."""

import base64
import json
from typing import Any

import pytest

from shared.errors import AccessDenied, InvalidTag, UnsupportedOperation
from shared.events import KeyFamilyCreated
from shared.keys.replicas_tag import REPLICAS_TAG
from tests.services.region_node.callers import user
from tests.services.region_node.operations.fake_region import ACCOUNT, FakeRegion

EUROPE, ASIA = "eu-west-1", "ap-southeast-2"
REGIONS = ("us-east-1", EUROPE, ASIA)
BOB = user(name="bob")
SECRET = base64.b64encode(b"secret").decode()


@pytest.fixture
def regions() -> list[FakeRegion]:
    return [FakeRegion(name, tuple(other for other in REGIONS if other != name)) for name in REGIONS]


def replicas(*names: str, **tags: str) -> list[dict[str, str]]:
    named = {REPLICAS_TAG: " ".join(names), **tags}
    return [{"TagKey": name, "TagValue": value} for name, value in named.items()]


async def test_the_answer_names_the_replicas_and_each_of_them_works(regions: list[FakeRegion]) -> None:
    home, *others = regions
    created = (await home.ask("CreateKey", MultiRegion=True, Tags=replicas(EUROPE, ASIA))).key_metadata
    configuration = created.multi_region_configuration
    assert [replica.region for replica in configuration.replica_keys] == [ASIA, EUROPE]
    home.deliver(*others)
    blob = (await home.ask("Encrypt", KeyId=created.key_id, Plaintext=SECRET)).ciphertext_blob
    for region in others:
        opened = await region.ask("Decrypt", CiphertextBlob=base64.b64encode(blob).decode())
        assert opened.plaintext == b"secret"
        described = (await region.ask("DescribeKey", KeyId=created.key_id)).key_metadata
        assert described.multi_region_configuration == configuration._replace(multi_region_key_type="REPLICA")
        assert described.key_state == "Enabled"


async def test_it_is_one_record_with_the_secret_sealed_to_each_replica(regions: list[FakeRegion]) -> None:
    home = regions[0]
    await home.create_key(MultiRegion=True, Tags=replicas(EUROPE, ASIA))
    (own,), (shared,) = home.appended, home.published
    assert isinstance(own, KeyFamilyCreated)
    assert isinstance(shared, KeyFamilyCreated)
    assert [sorted(material.sealed or {}) for material in shared.materials] == [[ASIA, EUROPE]]
    assert shared.materials[0].wrapped is None


async def test_all_regions_begin_with_the_same_settings(regions: list[FakeRegion]) -> None:
    home, europe, _ = regions
    key_id = await home.create_key(MultiRegion=True, Description="text", Tags=replicas(EUROPE, Team="Blue"))
    home.deliver(europe)
    for region in (home, europe):
        assert (await region.ask("DescribeKey", KeyId=key_id)).key_metadata.description == "text"
        tags = (await region.ask("ListResourceTags", KeyId=key_id)).tags
        assert dict(tags) == {"Team": "Blue", REPLICAS_TAG: EUROPE}


@pytest.mark.parametrize(("spec", "usage"), [("ECC_NIST_P256", "SIGN_VERIFY"), ("HMAC_256", "GENERATE_VERIFY_MAC")])
async def test_keys_of_other_specs(regions: list[FakeRegion], spec: str, usage: str) -> None:
    home, europe, _ = regions
    key_id = await home.create_key(MultiRegion=True, KeySpec=spec, KeyUsage=usage, Tags=replicas(EUROPE))
    home.deliver(europe)
    assert home.secret(key_id) == europe.secret(key_id)


async def test_imported_material_is_awaited_everywhere(regions: list[FakeRegion]) -> None:
    home, europe, _ = regions
    key_id = await home.create_key(MultiRegion=True, Origin="EXTERNAL", Tags=replicas(EUROPE))
    home.deliver(europe)
    for region in (home, europe):
        assert (await region.ask("DescribeKey", KeyId=key_id)).key_metadata.key_state == "PendingImport"


async def test_a_retried_command_makes_one_family(regions: list[FakeRegion]) -> None:
    home, asked = regions[0], {"MultiRegion": True, "Tags": replicas(EUROPE)}
    first = await home.ask("CreateKey", ACCOUNT, "command-1", **asked)
    assert await home.ask("CreateKey", ACCOUNT, "command-1", **asked) == first
    assert len(home.appended) == 1


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"Tags": replicas(EUROPE)}, InvalidTag),
        ({"MultiRegion": True, "Tags": replicas("us-east-1")}, InvalidTag),
        ({"MultiRegion": True, "Tags": replicas("sa-east-1")}, InvalidTag),
        ({"MultiRegion": True, "Tags": replicas(EUROPE, EUROPE)}, InvalidTag),
        ({"MultiRegion": True, "Tags": replicas()}, InvalidTag),
        (
            {"MultiRegion": True, "Tags": replicas(EUROPE), "CustomKeyStoreId": "cks-1234567890abcdef0",
             "Origin": "AWS_CLOUDHSM"},
            UnsupportedOperation,
        ),
    ],
)  # fmt: skip
async def test_what_is_refused_makes_nothing(
    regions: list[FakeRegion], parameters: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await regions[0].ask("CreateKey", **parameters)
    assert regions[0].appended == []


def allow(*actions: str, **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **condition}


IN_EUROPE = {"Condition": {"StringEquals": {"aws:RequestedRegion": EUROPE}}}
TO_ASIA = {"Condition": {"StringEquals": {"kms:ReplicaRegion": ASIA}}}
TO_EUROPE = {"Condition": {"StringEquals": {"kms:ReplicaRegion": EUROPE}}}
EVERYTHING = allow("kms:CreateKey", "kms:TagResource", "kms:ReplicateKey")


@pytest.mark.parametrize(
    ("statements", "let_in"),
    [
        ((EVERYTHING,), True),
        ((allow("kms:CreateKey", "kms:TagResource"),), False),
        ((allow("kms:CreateKey", "kms:ReplicateKey"),), False),
        ((allow("kms:TagResource", "kms:ReplicateKey"),), False),
        ((allow("kms:CreateKey", "kms:TagResource"), allow("kms:ReplicateKey", **TO_ASIA)), False),
        ((allow("kms:CreateKey", "kms:TagResource"), allow("kms:ReplicateKey", **TO_EUROPE)), True),
        ((EVERYTHING, {**allow("kms:CreateKey", **IN_EUROPE), "Effect": "Deny"}), False),
        ((EVERYTHING, {**allow("kms:TagResource", **IN_EUROPE), "Effect": "Deny"}), False),
    ],
)
async def test_it_takes_the_rights_of_create_key_and_of_replicate_key(
    regions: list[FakeRegion], statements: tuple[dict[str, Any], ...], let_in: bool
) -> None:
    home, asked = regions[0], {"MultiRegion": True, "Tags": replicas(EUROPE)}
    home.add_user(ACCOUNT, "bob", *statements)
    if let_in:
        await home.ask_as(BOB, "CreateKey", **asked)
        return
    with pytest.raises(AccessDenied):
        await home.ask_as(BOB, "CreateKey", **asked)
    assert home.appended == []


async def test_the_policy_of_the_key_that_is_to_be_has_its_say(regions: list[FakeRegion]) -> None:
    root = {**allow("kms:*"), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    no_replicas = {**allow("kms:ReplicateKey"), "Effect": "Deny", "Principal": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [root, no_replicas]})
    with pytest.raises(AccessDenied):
        await regions[0].ask("CreateKey", MultiRegion=True, Policy=policy, Tags=replicas(EUROPE))
