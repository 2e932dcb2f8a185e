"""From an access key to its principal, and to every policy that stands with it."""

import pytest

from shared.identity import decide_access_keys, decide_accounts, decide_groups, decide_policies, decide_roles
from shared.identity.aws_managed import AWS_MANAGED
from shared.identity.commands import (
    AddUserToGroup,
    CreateAccessKey,
    CreateRole,
    DeleteRole,
    PutServiceControlPolicy,
    UpdateAccessKey,
)
from shared.identity.events import UserCreated, UserDeleted
from shared.identity.lookup import identity_policies, principal_of, role_of
from shared.identity.model import AccessKey
from shared.identity.policy_commands import AttachPolicy, CreatePolicyVersion, Named, PutBoundary, PutInlinePolicy
from shared.identity.policy_events import PolicyAttached, PolicyDeleted
from shared.policy.document_kinds import MANAGED_POLICY
from shared.policy.parser import parse
from shared.policy.question import NO_POLICIES, IdentityPolicies, PolicyKind, PolicyText, Principal, PrincipalKind
from tests.shared.identity.examples import (
    ACCESS_KEY_ID,
    ACCOUNT,
    ALLOW,
    POLICY_ARN,
    READ_ONLY,
    TRUST,
    WHERE,
    Home,
    account_with_all,
)
from tests.shared.memory_view import MemoryView

ALICE = Principal(PrincipalKind.USER, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/alice", "AIDAALICE")
SESSION = Principal(
    PrincipalKind.SESSION,
    ACCOUNT,
    f"arn:aws:sts::{ACCOUNT}:assumed-role/Backup/nightly",
    "AROABACKUP",
    f"arn:aws:iam::{ACCOUNT}:role/Backup",
)
ROOT = Principal(PrincipalKind.ROOT, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
DENY_ALL = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'


def access_key(view: MemoryView, access_key_id: str = ACCESS_KEY_ID) -> AccessKey:
    found = view.access_key(access_key_id)
    assert found is not None
    return found


def identity(name: str, text: str = ALLOW) -> PolicyText:
    return PolicyText(PolicyKind.IDENTITY, name, text)


def ruled() -> Home:
    """Everybody of the example has policies of every kind."""
    home = account_with_all()
    user, group, role = Named("user", "alice"), Named("group", "Admins"), Named("role", "Backup")
    home.do(decide_groups.add_user_to_group, AddUserToGroup(*WHERE, "Admins", "alice"))
    for entity in (user, group, role):
        home.do(decide_policies.put_inline_policy, PutInlinePolicy(*WHERE, entity, "p", ALLOW))
    home.do(decide_policies.attach_policy, AttachPolicy(*WHERE, user, POLICY_ARN))
    home.do(decide_policies.attach_policy, AttachPolicy(*WHERE, group, READ_ONLY))
    home.do(decide_policies.put_boundary, PutBoundary(*WHERE, role, POLICY_ARN))
    home.do(decide_policies.put_boundary, PutBoundary(*WHERE, user, READ_ONLY))
    for level, name in (("account", "a"), ("root", "b"), ("root", "a")):
        command = PutServiceControlPolicy(*WHERE, level, name, ALLOW)
        home.do(decide_accounts.put_service_control_policy, command)
    return home


CONTROL = (
    (
        PolicyText(PolicyKind.SERVICE_CONTROL, "root/a", ALLOW),
        PolicyText(PolicyKind.SERVICE_CONTROL, "root/b", ALLOW),
    ),
    (PolicyText(PolicyKind.SERVICE_CONTROL, "account/a", ALLOW),),
)


def test_an_access_key_is_its_users() -> None:
    assert principal_of(account_with_all().peer, access_key(account_with_all().peer)) == ALICE


def test_an_inactive_access_key_is_nobodys() -> None:
    home = account_with_all()
    command = UpdateAccessKey(*WHERE, "alice", ACCESS_KEY_ID, "Inactive")
    home.do(decide_access_keys.update_access_key, command)
    assert principal_of(home.peer, access_key(home.peer)) is None


def test_an_access_key_without_its_user_is_nobodys() -> None:
    view = account_with_all().view
    view.apply([UserDeleted(ACCOUNT, "alice")])
    assert principal_of(view, access_key(view)) is None


@pytest.mark.parametrize(
    ("service", "principal"),
    [("", ROOT), ("backup.example.com", Principal(PrincipalKind.SERVICE, "", "backup.example.com"))],
)
def test_root_and_services_sign_too(service: str, principal: Principal) -> None:
    home = Home()
    command = CreateAccessKey(*WHERE, "", ACCESS_KEY_ID, b"wrapped", service_principal=service)
    home.do(decide_access_keys.create_access_key, command)
    assert principal_of(home.peer, access_key(home.peer)) == principal


def test_a_users_policies_are_its_own_and_its_groups() -> None:
    home = ruled()
    for view in (home.view, home.peer):
        assert identity_policies(view, ALICE) == IdentityPolicies(
            (
                identity("user/alice/policy/p"),
                identity(POLICY_ARN),
                identity("group/Admins/policy/p"),
                identity(READ_ONLY, AWS_MANAGED[READ_ONLY]),
            ),
            PolicyText(PolicyKind.BOUNDARY, READ_ONLY, AWS_MANAGED[READ_ONLY]),
            None,
            CONTROL,
        )


def test_a_sessions_policies_are_its_roles() -> None:
    assert identity_policies(ruled().peer, SESSION) == IdentityPolicies(
        (identity("role/Backup/policy/p"),), PolicyText(PolicyKind.BOUNDARY, POLICY_ARN, ALLOW), None, CONTROL
    )


def test_root_is_bound_by_service_control_policies_alone() -> None:
    assert identity_policies(ruled().peer, ROOT) == IdentityPolicies(service_control=CONTROL)
    assert identity_policies(Home().peer, ROOT) == NO_POLICIES


@pytest.mark.parametrize("kind", [PrincipalKind.SERVICE, PrincipalKind.FEDERATED])
def test_who_is_of_no_account_has_no_policies(kind: PrincipalKind) -> None:
    assert identity_policies(ruled().peer, Principal(kind, "", "a.example")) == NO_POLICIES


@pytest.mark.parametrize("principal", [ALICE, SESSION, ROOT])
def test_equal_rows_give_the_same_value(principal: Principal) -> None:
    """By which the evaluation knows what it has compiled."""
    home, other = ruled(), ruled()
    assert identity_policies(home.peer, principal) is identity_policies(home.peer, principal)
    assert identity_policies(other.peer, principal) is identity_policies(home.peer, principal)


def test_a_change_binds_the_next_question() -> None:
    home = ruled()
    before = identity_policies(home.peer, ALICE)
    home.do(decide_policies.create_policy_version, CreatePolicyVersion(*WHERE, POLICY_ARN, ALLOW + " ", True))
    after = identity_policies(home.peer, ALICE)
    assert (before.policies[1].text, after.policies[1].text) == (ALLOW, ALLOW + " ")


def test_who_was_made_again_has_nothing_of_the_one_before() -> None:
    home = ruled()
    home.view.apply([UserDeleted(ACCOUNT, "alice"), UserCreated(ACCOUNT, "alice", "AIDAOTHER")])
    assert [policy.text for policy in identity_policies(home.view, ALICE).policies] == [DENY_ALL]
    fresh = account_with_all()
    fresh.do(decide_roles.delete_role, DeleteRole(*WHERE, "Backup"))
    assert role_of(fresh.view, SESSION) is None
    fresh.do(decide_roles.create_role, CreateRole(*WHERE, "Backup", "AROAOTHER", TRUST))
    assert role_of(fresh.view, SESSION) is None
    assert [policy.text for policy in identity_policies(fresh.view, SESSION).policies] == [DENY_ALL]


def test_a_policy_that_is_not_here_denies() -> None:
    view = ruled().view
    view.apply([PolicyDeleted(ACCOUNT, "keys"), PolicyAttached(ACCOUNT, "user/alice", READ_ONLY + "OfLater")])
    texts = {policy.name: policy.text for policy in identity_policies(view, ALICE).policies}
    assert texts[POLICY_ARN] == texts[READ_ONLY + "OfLater"] == DENY_ALL
    boundary = identity_policies(view, SESSION).boundary
    assert boundary is not None
    assert boundary.text == DENY_ALL


@pytest.mark.parametrize("arn", AWS_MANAGED)
def test_every_policy_that_aws_manages_can_be_read(arn: str) -> None:
    assert parse(AWS_MANAGED[arn], MANAGED_POLICY).statements


def test_what_denies_can_be_read() -> None:
    (statement,) = parse(DENY_ALL, MANAGED_POLICY).statements
    assert not statement.allows
