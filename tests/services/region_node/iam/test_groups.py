"""Groups, and who is in them."""

import pytest

from shared.identity.errors import DeleteConflict, NoSuchEntity
from tests.services.region_node.iam.asking import POLICY, FakeIam
from tests.services.region_node.operations.fake_region import ACCOUNT


@pytest.fixture
async def iam() -> FakeIam:
    made = FakeIam()
    for name in ("alice", "bob"):
        await made.ask("CreateUser", UserName=name)
    await made.ask("CreateGroup", GroupName="Admins", Path="/g/")
    return made


async def test_a_group_is_told_with_its_members(iam: FakeIam) -> None:
    for name in ("bob", "alice"):
        await iam.ask("AddUserToGroup", GroupName="Admins", UserName=name)
    told = await iam.ask("GetGroup", GroupName="admins")
    assert told["Group"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/g/Admins"
    assert told["Group"]["GroupId"].startswith("AGPA")
    assert [user["UserName"] for user in told["Users"]] == ["alice", "bob"]
    page = await iam.ask("GetGroup", GroupName="Admins", MaxItems=1)
    assert page["IsTruncated"] is True
    rest = await iam.ask("GetGroup", GroupName="Admins", Marker=page["Marker"])
    assert [user["UserName"] for user in rest["Users"]] == ["bob"]


async def test_a_renamed_group_keeps_its_members(iam: FakeIam) -> None:
    await iam.ask("AddUserToGroup", GroupName="Admins", UserName="bob")
    await iam.ask("UpdateGroup", GroupName="Admins", NewGroupName="Owners", NewPath="/")
    (listed,) = (await iam.ask("ListGroupsForUser", UserName="bob"))["Groups"]
    assert listed["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/Owners"
    with pytest.raises(NoSuchEntity, match="The group with name Admins cannot be found"):
        await iam.ask("GetGroup", GroupName="Admins")


async def test_groups_are_listed_by_paths(iam: FakeIam) -> None:
    for name in ("zoo", "Users", "all"):
        await iam.ask("CreateGroup", GroupName=name)
    first = await iam.ask("ListGroups", MaxItems=2)
    rest = await iam.ask("ListGroups", Marker=first["Marker"])
    listed = [group["GroupName"] for group in first["Groups"] + rest["Groups"]]
    assert listed == ["Admins", "all", "Users", "zoo"]
    assert [group["GroupName"] for group in (await iam.ask("ListGroups", PathPrefix="/g"))["Groups"]] == ["Admins"]


async def test_a_group_with_members_or_policies_is_not_deleted(iam: FakeIam) -> None:
    await iam.ask("AddUserToGroup", GroupName="Admins", UserName="bob")
    with pytest.raises(DeleteConflict):
        await iam.ask("DeleteGroup", GroupName="Admins")
    await iam.ask("RemoveUserFromGroup", GroupName="Admins", UserName="bob")
    await iam.ask("PutGroupPolicy", GroupName="Admins", PolicyName="p", PolicyDocument=POLICY)
    with pytest.raises(DeleteConflict):
        await iam.ask("DeleteGroup", GroupName="Admins")
    await iam.ask("DeleteGroupPolicy", GroupName="Admins", PolicyName="p")
    await iam.ask("DeleteGroup", GroupName="Admins")
    assert (await iam.ask("ListGroups"))["Groups"] == []
