"""Users, their tags, and what a request means that names nobody."""

from datetime import UTC, datetime

import pytest

from shared.errors import InvalidMarker, ValidationFailed
from shared.identity.errors import EntityAlreadyExists, NoSuchEntity, NotHome
from tests.services.region_node.iam.asking import FakeIam
from tests.services.region_node.operations.fake_region import ACCOUNT


@pytest.fixture
def iam() -> FakeIam:
    return FakeIam()


async def test_a_user_is_created_and_told(iam: FakeIam) -> None:
    tags = [{"Key": "team", "Value": "red"}]
    created = (await iam.ask("CreateUser", UserName="bob", Path="/staff/", Tags=tags))["User"]
    assert created["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/staff/bob"
    assert (created["Path"], created["UserName"], created["Tags"]) == ("/staff/", "bob", tags)
    assert created["UserId"].startswith("AIDA")
    assert created["CreateDate"] == datetime.fromtimestamp(iam.region.view.time // 1000, UTC)
    assert (await iam.ask("GetUser", UserName="bob"))["User"] == created
    assert (await iam.ask("GetUser", UserName="BOB"))["User"] == created


async def test_a_command_that_comes_again_tells_of_the_first(iam: FakeIam) -> None:
    first = await iam.ask("CreateUser", command_id="1", UserName="bob")
    assert await iam.ask("CreateUser", command_id="1", UserName="bob") == first
    with pytest.raises(EntityAlreadyExists):
        await iam.ask("CreateUser", command_id="2", UserName="bob")


async def test_who_names_nobody_means_himself(iam: FakeIam) -> None:
    await iam.ask("CreateUser", UserName="alice", Path="/staff/")
    iam.caller = f"arn:aws:iam::{ACCOUNT}:user/staff/alice"
    assert (await iam.ask("GetUser"))["User"]["UserName"] == "alice"


async def test_the_root_user_is_told_by_the_account(iam: FakeIam) -> None:
    iam.caller = f"arn:aws:iam::{ACCOUNT}:root"
    told = (await iam.ask("GetUser"))["User"]
    assert (told["Arn"], told["UserId"]) == (iam.caller, ACCOUNT if told["UserId"] == ACCOUNT else told["UserId"])


async def test_a_session_has_to_name_a_user(iam: FakeIam) -> None:
    iam.caller = f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/session"
    with pytest.raises(ValidationFailed, match="Must specify userName"):
        await iam.ask("GetUser")


async def test_a_user_that_is_not_there_is_told_in_aws_s_words(iam: FakeIam) -> None:
    with pytest.raises(NoSuchEntity) as raised:
        await iam.ask("GetUser", UserName="bob")
    assert raised.value.message == "The user with name bob cannot be found."


async def test_users_are_listed_by_pages_and_paths(iam: FakeIam) -> None:
    for name, path in (("a", "/"), ("B", "/x/"), ("c", "/x/y/"), ("d", "/xy/")):
        await iam.ask("CreateUser", UserName=name, Path=path, Tags=[{"Key": "k", "Value": "v"}])
    first = await iam.ask("ListUsers", MaxItems=3)
    assert ([user["UserName"] for user in first["Users"]], first["IsTruncated"]) == (["a", "B", "c"], True)
    assert "Tags" not in first["Users"][0]
    rest = await iam.ask("ListUsers", MaxItems=3, Marker=first["Marker"])
    assert ([user["UserName"] for user in rest["Users"]], rest["IsTruncated"]) == (["d"], False)
    inner = await iam.ask("ListUsers", PathPrefix="/x/")
    assert [user["UserName"] for user in inner["Users"]] == ["B", "c"]
    with pytest.raises(InvalidMarker):
        await iam.ask("ListUsers", PathPrefix="/x/", Marker=first["Marker"])


async def test_a_user_is_renamed_and_deleted(iam: FakeIam) -> None:
    created = (await iam.ask("CreateUser", UserName="bob"))["User"]
    await iam.ask("UpdateUser", UserName="bob", NewUserName="robert", NewPath="/r/")
    renamed = (await iam.ask("GetUser", UserName="robert"))["User"]
    assert renamed["UserId"] == created["UserId"]
    assert renamed["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/r/robert"
    await iam.ask("DeleteUser", UserName="robert")
    assert (await iam.ask("ListUsers"))["Users"] == []


async def test_tags_come_and_go(iam: FakeIam) -> None:
    await iam.ask("CreateUser", UserName="bob")
    await iam.ask("TagUser", UserName="bob", Tags=[{"Key": key, "Value": "1"} for key in "cab"])
    await iam.ask("TagUser", UserName="bob", Tags=[{"Key": "a", "Value": "2"}])
    page = await iam.ask("ListUserTags", UserName="bob", MaxItems=2)
    assert page["Tags"] == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "1"}]
    rest = await iam.ask("ListUserTags", UserName="bob", Marker=page["Marker"])
    assert rest["Tags"] == [{"Key": "c", "Value": "1"}]
    await iam.ask("UntagUser", UserName="bob", TagKeys=["a", "c"])
    assert (await iam.ask("GetUser", UserName="bob"))["User"]["Tags"] == [{"Key": "b", "Value": "1"}]


async def test_another_region_than_the_home_answers_reads_and_refuses_changes() -> None:
    iam = FakeIam(region="eu-west-1", home="us-east-1")
    assert (await iam.ask("ListUsers"))["Users"] == []
    with pytest.raises(NotHome) as raised:
        await iam.ask("CreateUser", UserName="bob")
    assert raised.value.home_region == "us-east-1"
    assert iam.region.appended == []
