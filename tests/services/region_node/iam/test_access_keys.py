"""Access keys: the secret is shown once."""

import pytest

from services.region_node.keys.vault import access_key_binding
from shared.events import SigningKeysIssued
from shared.identifiers import account_of_access_key
from shared.identity.errors import EntityAlreadyExists, IdentityLimitExceeded, NoSuchEntity
from tests.services.region_node.iam.asking import FakeIam
from tests.services.region_node.operations.fake_region import ACCOUNT


@pytest.fixture
async def iam() -> FakeIam:
    made = FakeIam()
    await made.ask("CreateUser", UserName="alice")
    await made.ask("CreateUser", UserName="bob")
    return made


async def test_the_secret_that_is_shown_is_the_one_that_is_kept(iam: FakeIam) -> None:
    created = (await iam.ask("CreateAccessKey", UserName="bob"))["AccessKey"]
    assert (created["UserName"], created["Status"]) == ("bob", "Active")
    assert account_of_access_key(created["AccessKeyId"]) == ACCOUNT
    kept = iam.region.view.access_key(created["AccessKeyId"])
    assert kept is not None
    assert kept.wrapped is not None
    binding = access_key_binding(ACCOUNT, created["AccessKeyId"])
    assert iam.region.vault.open_secret(binding, kept.wrapped).reveal().decode() == created["SecretAccessKey"]
    assert "SecretAccessKey" not in (await iam.ask("ListAccessKeys", UserName="bob"))["AccessKeyMetadata"][0]


async def test_the_peers_can_verify_at_once_each_for_itself_alone(iam: FakeIam) -> None:
    created = (await iam.ask("CreateAccessKey", UserName="bob"))["AccessKey"]
    (issued,) = (event for event in iam.region.published if isinstance(event, SigningKeysIssued))
    assert issued.access_key_id == created["AccessKeyId"]
    assert set(issued.sealed or {}) == iam.region.vault.peer_regions()
    assert not any(created["SecretAccessKey"] in repr(event) for event in iam.region.published)


async def test_a_command_that_comes_again_does_not_show_the_secret_again(iam: FakeIam) -> None:
    created = (await iam.ask("CreateAccessKey", command_id="1", UserName="bob"))["AccessKey"]
    with pytest.raises(EntityAlreadyExists, match=created["AccessKeyId"]):
        await iam.ask("CreateAccessKey", command_id="1", UserName="bob")
    assert len((await iam.ask("ListAccessKeys", UserName="bob"))["AccessKeyMetadata"]) == 1


async def test_who_names_nobody_means_himself(iam: FakeIam) -> None:
    created = (await iam.ask("CreateAccessKey"))["AccessKey"]
    assert created["UserName"] == "alice"
    assert [key["AccessKeyId"] for key in (await iam.ask("ListAccessKeys"))["AccessKeyMetadata"]] == [
        created["AccessKeyId"]
    ]


async def test_an_access_key_is_switched_off_and_deleted(iam: FakeIam) -> None:
    access_key_id = (await iam.ask("CreateAccessKey", UserName="bob"))["AccessKey"]["AccessKeyId"]
    await iam.ask("UpdateAccessKey", UserName="bob", AccessKeyId=access_key_id, Status="Inactive")
    (listed,) = (await iam.ask("ListAccessKeys", UserName="bob"))["AccessKeyMetadata"]
    assert (listed["Status"], listed["UserName"]) == ("Inactive", "bob")
    with pytest.raises(NoSuchEntity):
        await iam.ask("DeleteAccessKey", UserName="alice", AccessKeyId=access_key_id)
    await iam.ask("DeleteAccessKey", UserName="bob", AccessKeyId=access_key_id)
    assert (await iam.ask("ListAccessKeys", UserName="bob"))["AccessKeyMetadata"] == []


async def test_a_user_has_two_access_keys_at_most(iam: FakeIam) -> None:
    for _ in range(2):
        await iam.ask("CreateAccessKey", UserName="bob")
    with pytest.raises(IdentityLimitExceeded):
        await iam.ask("CreateAccessKey", UserName="bob")


async def test_a_user_that_is_not_there_has_none(iam: FakeIam) -> None:
    with pytest.raises(NoSuchEntity):
        await iam.ask("ListAccessKeys", UserName="carol")
    with pytest.raises(NoSuchEntity):
        await iam.ask("CreateAccessKey", UserName="carol")
