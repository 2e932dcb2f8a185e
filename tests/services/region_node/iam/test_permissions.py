"""What every operation asks permission for: the action, the resource, and the condition keys it brings."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.region_node.iam.table import IAM_OPERATIONS
from services.region_node.requests import query_operation
from services.region_node.requests.call import Call
from shared.errors import AccessDenied
from shared.identity.errors import NotHome
from tests.services.region_node.iam.asking import POLICY, TRUST, FakeIam
from tests.services.region_node.operations.fake_region import ACCOUNT

ARN = f"arn:aws:iam::{ACCOUNT}:policy/p/Use"
Asked = tuple[str, str, Mapping[str, Any]]


@pytest.fixture
async def iam() -> FakeIam:
    made = FakeIam()
    tags = [{"Key": "Team", "Value": "red"}]
    await made.ask("CreatePolicy", PolicyName="Use", Path="/p/", PolicyDocument=POLICY, Tags=tags)
    await made.ask("CreateUser", UserName="bob", Path="/staff/", Tags=tags, PermissionsBoundary=ARN)
    await made.ask("CreateRole", RoleName="Ops", AssumeRolePolicyDocument=TRUST)
    await made.ask("CreateGroup", GroupName="Admins", Path="/g/")
    return made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    noted: list[Asked] = []

    def require(_call: Call, action: str, resource: str, context: Mapping[str, Any]) -> None:
        noted.append((action, resource, context))
        raise AccessDenied("no")

    monkeypatch.setattr(query_operation, "require_in_account", require)
    return noted


TAGS = [{"Key": "K", "Value": "v"}]
OWN_TAGS = {"aws:resourcetag/team": "red", "iam:resourcetag/team": "red"}
NEW_TAGS = {"aws:requesttag/k": "v", "aws:tagkeys": ("K",)}


@pytest.mark.parametrize(
    ("operation", "parameters", "resource", "context"),
    [
        (
            "CreateUser",
            {"UserName": "new", "Path": "/x/", "Tags": [{"Key": "K", "Value": "v"}], "PermissionsBoundary": ARN},
            "user/x/new",
            {**NEW_TAGS, "iam:permissionsboundary": ARN},
        ),
        ("CreateUser", {"UserName": "new"}, "user/new", {}),
        ("GetUser", {"UserName": "bob"}, "user/staff/bob", {**OWN_TAGS, "iam:permissionsboundary": ARN}),
        ("GetUser", {"UserName": "nobody"}, "user/nobody", {}),
        ("GetUser", {}, "user/alice", {}),
        ("ListUsers", {}, "user/*", {}),
        ("ListUsers", {"PathPrefix": "/staff/"}, "user/staff/*", {}),
        ("CreateAccessKey", {}, "user/alice", {}),
        (
            "AttachUserPolicy",
            {"UserName": "bob", "PolicyArn": ARN},
            "user/staff/bob",
            {**OWN_TAGS, "iam:permissionsboundary": ARN, "iam:policyarn": ARN},
        ),
        (
            "UntagUser",
            {"UserName": "bob", "TagKeys": ["a", "b"]},
            "user/staff/bob",
            {**OWN_TAGS, "iam:permissionsboundary": ARN, "aws:tagkeys": ("a", "b")},
        ),
        ("AddUserToGroup", {"GroupName": "Admins", "UserName": "bob"}, "group/g/Admins", {}),
        ("ListGroupsForUser", {"UserName": "nobody"}, "user/nobody", {}),
        (
            "PutRolePermissionsBoundary",
            {"RoleName": "Ops", "PermissionsBoundary": ARN},
            "role/Ops",
            {"iam:permissionsboundary": ARN},
        ),
        ("GetPolicy", {"PolicyArn": ARN}, "policy/p/Use", OWN_TAGS),
        ("GetPolicy", {"PolicyArn": f"{ARN}d"}, "policy/p/Used", {}),
        ("CreateOpenIDConnectProvider", {"Url": "https://a.b/c"}, "oidc-provider/a.b/c", {}),
    ],
)
async def test_action_resource_and_condition_keys(
    iam: FakeIam,
    asked: list[Asked],
    operation: str,
    parameters: dict[str, Any],
    resource: str,
    context: dict[str, Any],
) -> None:
    appended = len(iam.region.appended)
    with pytest.raises(AccessDenied):
        await iam.ask(operation, **parameters)
    assert asked == [(f"iam:{operation}", f"arn:aws:iam::{ACCOUNT}:{resource}", context)]
    assert len(iam.region.appended) == appended


@pytest.mark.parametrize(
    ("operation", "parameters", "further"),
    [
        ("CreateUser", {"UserName": "new", "Path": "/x/"}, []),
        ("CreateUser", {"UserName": "new", "Path": "/x/", "Tags": TAGS}, [("iam:TagUser", "user/x/new")]),
        (
            "CreateRole",
            {"RoleName": "new", "AssumeRolePolicyDocument": TRUST, "Tags": TAGS},
            [("iam:TagRole", "role/new")],
        ),
        (
            "CreatePolicy",
            {"PolicyName": "new", "PolicyDocument": POLICY, "Tags": TAGS},
            [("iam:TagPolicy", "policy/new")],
        ),
        (
            "CreateOpenIDConnectProvider",
            {"Url": "https://a.b", "Tags": TAGS},
            [("iam:TagOpenIDConnectProvider", "oidc-provider/a.b")],
        ),
        ("UpdateUser", {"UserName": "bob", "NewPath": "/admin/"}, [("iam:UpdateUser", "user/admin/bob")]),
        ("UpdateUser", {"UserName": "BOB", "NewPath": "/admin/"}, [("iam:UpdateUser", "user/admin/bob")]),
        ("UpdateGroup", {"GroupName": "ADMINS", "NewPath": "/"}, [("iam:UpdateGroup", "group/Admins")]),
        ("UpdateUser", {"UserName": "bob", "NewUserName": "root"}, [("iam:UpdateUser", "user/staff/root")]),
        (
            "UpdateGroup",
            {"GroupName": "Admins", "NewGroupName": "Owners", "NewPath": "/"},
            [("iam:UpdateGroup", "group/Owners")],
        ),
    ],
)
async def test_what_is_needed_besides(
    iam: FakeIam,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    parameters: dict[str, Any],
    further: list[tuple[str, str]],
) -> None:
    """Permissions to tag what is made with tags, and for what something becomes."""
    noted: list[tuple[str, str]] = []

    def require(_call: Call, action: str, resource: str, _context: object) -> None:
        noted.append((action, resource.removeprefix(f"arn:aws:iam::{ACCOUNT}:")))

    monkeypatch.setattr(query_operation, "require_in_account", require)
    await iam.ask(operation, **parameters)
    assert noted[1:] == further


@pytest.mark.parametrize("operation", IAM_OPERATIONS)
def test_nothing_is_done_without_a_permission(operation: str) -> None:
    assert IAM_OPERATIONS[operation].action == f"iam:{operation}"


async def test_the_home_is_named_before_a_permission_is_asked_for(asked: list[Asked]) -> None:
    """Only the home knows the permissions of now."""
    away = FakeIam(region="eu-west-1", home="us-east-1")
    with pytest.raises(NotHome):
        await away.ask("CreateUser", UserName="bob")
    assert asked == []
