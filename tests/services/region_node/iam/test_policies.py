"""Managed policies with their versions, inline ones, attachments and boundaries."""

import json
from typing import Any

import pytest

from shared.errors import ValidationFailed
from shared.identity.aws_managed import AWS_MANAGED
from shared.identity.errors import (
    DeleteConflict,
    IdentityLimitExceeded,
    InvalidInput,
    MalformedPolicyDocument,
    NoSuchEntity,
)
from tests.services.region_node.iam.asking import POLICY, TRUST, FakeIam
from tests.services.region_node.operations.fake_region import ACCOUNT

ARN = f"arn:aws:iam::{ACCOUNT}:policy/p/Use"
OTHER = POLICY.replace("kms:*", "kms:Encrypt")
HOLDERS = [("User", {"UserName": "alice"}), ("Group", {"GroupName": "Admins"}), ("Role", {"RoleName": "Ops"})]


@pytest.fixture
async def iam() -> FakeIam:
    made = FakeIam()
    await made.ask("CreateUser", UserName="alice")
    await made.ask("CreateGroup", GroupName="Admins")
    await made.ask("CreateRole", RoleName="Ops", AssumeRolePolicyDocument=TRUST)
    await made.ask("CreatePolicy", PolicyName="Use", Path="/p/", PolicyDocument=POLICY, Description="d")
    return made


async def test_a_policy_is_told(iam: FakeIam) -> None:
    told = (await iam.ask("GetPolicy", PolicyArn=ARN))["Policy"]
    assert (told["Arn"], told["DefaultVersionId"], told["AttachmentCount"]) == (ARN, "v1", 0)
    assert (told["PolicyName"], told["Description"], told["IsAttachable"]) == ("Use", "d", True)
    assert told["PolicyId"].startswith("ANPA")


@pytest.mark.parametrize("arn", [ARN.replace("/p/", "/"), ARN.replace(ACCOUNT, "999999999999"), f"{ARN}s"])
async def test_a_policy_has_one_arn(iam: FakeIam, arn: str) -> None:
    with pytest.raises(NoSuchEntity):
        await iam.ask("GetPolicy", PolicyArn=arn)


async def test_what_is_no_arn_is_told_so(iam: FakeIam) -> None:
    with pytest.raises(ValidationFailed, match="is not valid"):
        await iam.ask("GetPolicy", PolicyArn="arn:aws:iam::1:policy/a-name")


async def test_a_policy_that_is_none_is_refused(iam: FakeIam) -> None:
    with pytest.raises(MalformedPolicyDocument):
        await iam.ask("CreatePolicy", PolicyName="Broken", PolicyDocument="{")


async def test_versions_come_and_go(iam: FakeIam) -> None:
    made = (await iam.ask("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=OTHER))["PolicyVersion"]
    assert (made["VersionId"], made["IsDefaultVersion"], "Document" in made) == ("v2", False, False)
    await iam.ask("SetDefaultPolicyVersion", PolicyArn=ARN, VersionId="v2")
    told = (await iam.ask("GetPolicyVersion", PolicyArn=ARN, VersionId="v2"))["PolicyVersion"]
    assert (told["Document"], told["IsDefaultVersion"]) == (json.loads(OTHER), True)
    with pytest.raises(DeleteConflict):
        await iam.ask("DeletePolicyVersion", PolicyArn=ARN, VersionId="v2")
    await iam.ask("DeletePolicyVersion", PolicyArn=ARN, VersionId="v1")
    with pytest.raises(NoSuchEntity):
        await iam.ask("GetPolicyVersion", PolicyArn=ARN, VersionId="v1")


async def test_versions_are_listed_newest_first_and_five_at_most(iam: FakeIam) -> None:
    for _ in range(4):
        await iam.ask("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=OTHER, SetAsDefault=True)
    page = await iam.ask("ListPolicyVersions", PolicyArn=ARN, MaxItems=2)
    rest = await iam.ask("ListPolicyVersions", PolicyArn=ARN, Marker=page["Marker"])
    listed = [version["VersionId"] for version in page["Versions"] + rest["Versions"]]
    assert listed == ["v5", "v4", "v3", "v2", "v1"]
    with pytest.raises(IdentityLimitExceeded):
        await iam.ask("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=OTHER)


@pytest.mark.parametrize(("kind", "holder"), HOLDERS)
async def test_inline_policies_of_every_holder(iam: FakeIam, kind: str, holder: dict[str, str]) -> None:
    for name in ("b", "a"):
        await iam.ask(f"Put{kind}Policy", PolicyName=name, PolicyDocument=POLICY, **holder)
    told = await iam.ask(f"Get{kind}Policy", PolicyName="a", **holder)
    assert told == {**holder, "PolicyName": "a", "PolicyDocument": json.loads(POLICY)}
    page = await iam.ask(f"List{kind}Policies", MaxItems=1, **holder)
    assert (page["PolicyNames"], page["IsTruncated"]) == (["a"], True)
    assert (await iam.ask(f"List{kind}Policies", Marker=page["Marker"], **holder))["PolicyNames"] == ["b"]
    await iam.ask(f"Delete{kind}Policy", PolicyName="a", **holder)
    with pytest.raises(NoSuchEntity, match=f"The {kind.lower()} policy with name a cannot be found"):
        await iam.ask(f"Get{kind}Policy", PolicyName="a", **holder)


@pytest.mark.parametrize(("kind", "holder"), HOLDERS)
async def test_managed_policies_with_every_holder(iam: FakeIam, kind: str, holder: dict[str, str]) -> None:
    await iam.ask(f"Attach{kind}Policy", PolicyArn=ARN, **holder)
    listed = await iam.ask(f"ListAttached{kind}Policies", **holder)
    assert listed["AttachedPolicies"] == [{"PolicyName": "Use", "PolicyArn": ARN}]
    assert (await iam.ask(f"ListAttached{kind}Policies", PathPrefix="/q/", **holder))["AttachedPolicies"] == []
    assert (await iam.ask("GetPolicy", PolicyArn=ARN))["Policy"]["AttachmentCount"] == 1
    entities = await iam.ask("ListEntitiesForPolicy", PolicyArn=ARN)
    assert [each[f"{kind}Name"] for each in entities[f"Policy{kind}s"]] == list(holder.values())
    with pytest.raises(DeleteConflict):
        await iam.ask("DeletePolicy", PolicyArn=ARN)
    await iam.ask(f"Detach{kind}Policy", PolicyArn=ARN, **holder)
    await iam.ask("DeletePolicy", PolicyArn=ARN)
    assert (await iam.ask("ListPolicies", Scope="Local"))["Policies"] == []


@pytest.mark.parametrize(("kind", "holder"), [HOLDERS[0], HOLDERS[2]])
async def test_boundaries(iam: FakeIam, kind: str, holder: dict[str, str]) -> None:
    await iam.ask(f"Put{kind}PermissionsBoundary", PermissionsBoundary=ARN, **holder)
    told = (await iam.ask(f"Get{kind}", **holder))[kind]["PermissionsBoundary"]
    assert told == {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": ARN}
    counted = (await iam.ask("GetPolicy", PolicyArn=ARN))["Policy"]
    assert (counted["AttachmentCount"], counted["PermissionsBoundaryUsageCount"]) == (0, 1)
    await iam.ask(f"Delete{kind}PermissionsBoundary", **holder)
    assert "PermissionsBoundary" not in (await iam.ask(f"Get{kind}", **holder))[kind]


async def test_entities_are_told_by_use_kind_and_path(iam: FakeIam) -> None:
    await iam.ask("AttachUserPolicy", UserName="alice", PolicyArn=ARN)
    await iam.ask("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=ARN)
    await iam.ask("AttachGroupPolicy", GroupName="Admins", PolicyArn=ARN)
    await iam.ask("PutRolePermissionsBoundary", RoleName="Ops", PermissionsBoundary=ARN)

    async def names(**wanted: str) -> list[str]:
        told = await iam.ask("ListEntitiesForPolicy", PolicyArn=ARN, **wanted)
        return [
            *(each["GroupName"] for each in told["PolicyGroups"]),
            *(each["UserName"] for each in told["PolicyUsers"]),
            *(each["RoleName"] for each in told["PolicyRoles"]),
        ]

    assert await names() == ["Admins", "alice", "Ops"]
    assert await names(PolicyUsageFilter="PermissionsPolicy") == ["Admins", "alice"]
    assert await names(PolicyUsageFilter="PermissionsBoundary") == ["alice", "Ops"]
    assert await names(EntityFilter="Role") == ["Ops"]
    assert await names(PathPrefix="/nowhere/") == []


async def test_policies_are_listed_by_scope_use_and_path(iam: FakeIam) -> None:
    await iam.ask("CreatePolicy", PolicyName="Idle", PolicyDocument=POLICY)
    await iam.ask("AttachUserPolicy", UserName="alice", PolicyArn=ARN)

    async def names(**wanted: Any) -> list[str]:
        return [policy["PolicyName"] for policy in (await iam.ask("ListPolicies", **wanted))["Policies"]]

    aws = [arn.rsplit("/", 1)[-1] for arn in sorted(AWS_MANAGED, key=str.lower)]
    assert await names() == ["Idle", "Use", *aws]
    assert await names(Scope="Local", PathPrefix="/p/") == ["Use"]
    assert await names(OnlyAttached=True) == ["Use"]
    assert await names(PolicyUsageFilter="PermissionsBoundary") == []
    assert await names(Scope="AWS") == aws
    paged = [await iam.ask("ListPolicies", MaxItems=1)]
    while paged[-1]["IsTruncated"]:
        paged.append(await iam.ask("ListPolicies", MaxItems=1, Marker=paged[-1]["Marker"]))
    assert [policy["PolicyName"] for page in paged for policy in page["Policies"]] == await names()


async def test_a_policy_that_aws_manages_is_attached_and_told(iam: FakeIam) -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    await iam.ask("AttachUserPolicy", UserName="alice", PolicyArn=arn)
    told = (await iam.ask("GetPolicy", PolicyArn=arn))["Policy"]
    assert (told["Arn"], told["AttachmentCount"], told["DefaultVersionId"]) == (arn, 1, "v1")
    version = (await iam.ask("GetPolicyVersion", PolicyArn=arn, VersionId="v1"))["PolicyVersion"]
    assert version["Document"] == json.loads(AWS_MANAGED[arn])
    with pytest.raises(InvalidInput):
        await iam.ask("DeletePolicy", PolicyArn=arn)


async def test_the_tags_of_a_policy(iam: FakeIam) -> None:
    await iam.ask("TagPolicy", PolicyArn=ARN, Tags=[{"Key": "k", "Value": "v"}])
    assert (await iam.ask("ListPolicyTags", PolicyArn=ARN))["Tags"] == [{"Key": "k", "Value": "v"}]
    await iam.ask("UntagPolicy", PolicyArn=ARN, TagKeys=["k"])
    assert "Tags" not in (await iam.ask("GetPolicy", PolicyArn=ARN))["Policy"]
