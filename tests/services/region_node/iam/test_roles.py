"""Roles."""

import json

import pytest

from shared.identity.errors import MalformedPolicyDocument, NoSuchEntity
from tests.services.region_node.iam.asking import TRUST, FakeIam
from tests.services.region_node.operations.fake_region import ACCOUNT


@pytest.fixture
async def iam() -> FakeIam:
    made = FakeIam()
    await made.ask("CreateRole", RoleName="Ops", AssumeRolePolicyDocument=TRUST, Description="d", Path="/p/")
    return made


async def test_a_role_is_told_with_its_trust_policy(iam: FakeIam) -> None:
    role = (await iam.ask("GetRole", RoleName="ops"))["Role"]
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/p/Ops"
    assert role["RoleId"].startswith("AROA")
    assert role["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert (role["MaxSessionDuration"], role["Description"]) == (3600, "d")


async def test_a_role_is_changed(iam: FakeIam) -> None:
    await iam.ask("UpdateRole", RoleName="Ops", MaxSessionDuration=7200)
    told = (await iam.ask("UpdateRoleDescription", RoleName="Ops", Description="new"))["Role"]
    assert (told["MaxSessionDuration"], told["Description"]) == (7200, "new")
    trust = TRUST.replace('"*"', f'"{ACCOUNT}"')
    await iam.ask("UpdateAssumeRolePolicy", RoleName="Ops", PolicyDocument=trust)
    assert (await iam.ask("GetRole", RoleName="Ops"))["Role"]["AssumeRolePolicyDocument"] == json.loads(trust)
    with pytest.raises(MalformedPolicyDocument):
        await iam.ask("UpdateAssumeRolePolicy", RoleName="Ops", PolicyDocument="{}")


async def test_a_role_has_no_instance_profiles(iam: FakeIam) -> None:
    assert (await iam.ask("ListInstanceProfilesForRole", RoleName="Ops"))["InstanceProfiles"] == []
    with pytest.raises(NoSuchEntity):
        await iam.ask("ListInstanceProfilesForRole", RoleName="none")


async def test_roles_are_tagged_listed_and_deleted(iam: FakeIam) -> None:
    await iam.ask("TagRole", RoleName="Ops", Tags=[{"Key": "k", "Value": "v"}])
    assert (await iam.ask("ListRoleTags", RoleName="Ops"))["Tags"] == [{"Key": "k", "Value": "v"}]
    assert [role["RoleName"] for role in (await iam.ask("ListRoles", PathPrefix="/p/"))["Roles"]] == ["Ops"]
    assert (await iam.ask("ListRoles", PathPrefix="/q/"))["Roles"] == []
    await iam.ask("DeleteRole", RoleName="Ops")
    with pytest.raises(NoSuchEntity, match="The role with name Ops cannot be found"):
        await iam.ask("GetRole", RoleName="Ops")
