"""Users, groups and roles: names, limits, and what has to be gone before they go."""

from collections.abc import Callable

import pytest

from shared.decision import Decision
from shared.errors import KeytideError, ValidationFailed
from shared.identifiers import account_stream, user_stream
from shared.identity import decide_access_keys, decide_groups, decide_policies, decide_roles, decide_users
from shared.identity.commands import (
    AddUserToGroup,
    CreateGroup,
    CreateRole,
    CreateUser,
    DeleteAccessKey,
    DeleteGroup,
    DeleteRole,
    DeleteUser,
    RemoveUserFromGroup,
    UpdateGroup,
    UpdateRole,
    UpdateTrustPolicy,
    UpdateUser,
)
from shared.identity.errors import (
    DeleteConflict,
    EntityAlreadyExists,
    IdentityLimitExceeded,
    InvalidInput,
    MalformedPolicyDocument,
    NoSuchEntity,
    NotHome,
)
from shared.identity.events import GroupCreated, RoleCreated, UserCreated
from shared.identity.finding import group_named, role_named, user_named
from shared.identity.model import Group, Role, User
from shared.identity.naming import members_index
from shared.identity.policy_commands import (
    AttachPolicy,
    DeleteInlinePolicy,
    DetachPolicy,
    Named,
    PutBoundary,
    PutInlinePolicy,
)
from tests.shared.identity.examples import (
    ACCESS_KEY_ID,
    ACCOUNT,
    ALLOW,
    PEER,
    POLICY_ARN,
    TRUST,
    WHERE,
    Decide,
    Home,
    account_with_all,
)

TAGS = (("team", "keys"), ("cost", "1"))
USER = CreateUser(*WHERE, "bob", "AIDABOB")
GROUP = CreateGroup(*WHERE, "devs", "AGPADEVS")
ROLE = CreateRole(*WHERE, "deploy", "AROADEPLOY", TRUST)


def test_what_is_made_is_known_everywhere_and_rests_on_the_account() -> None:
    home = account_with_all()
    commands: tuple[tuple[Decide, object], ...] = (
        (decide_users.create_user, USER._replace(path="/a/", tags=TAGS, boundary=POLICY_ARN)),
        (decide_groups.create_group, GROUP._replace(path="/a/")),
        (decide_roles.create_role, ROLE._replace(tags=TAGS, description="text", max_session_seconds=7_200)),
    )
    for decide, command in commands:
        decision = home.do(decide, command)
        assert decision.events == decision.shared_events
        assert decision.rests_on == (account_stream(ACCOUNT),)
    for view in (home.view, home.peer):
        time, tags = view.time, tuple(sorted(TAGS))
        assert user_named(view, ACCOUNT, "BOB") == User(
            ACCOUNT, "bob", "AIDABOB", time, "/a/", tags, boundary=POLICY_ARN
        )
        assert group_named(view, ACCOUNT, "Devs") == Group(ACCOUNT, "AGPADEVS", "devs", "/a/", time)
        assert role_named(view, ACCOUNT, "deploy") == Role(
            ACCOUNT, "deploy", "AROADEPLOY", time, TRUST, "/", "text", 7_200, tags
        )


@pytest.mark.parametrize(
    ("decide", "command", "refusal", "message"),
    [
        (decide_users.create_user, USER._replace(user_name="Alice"), EntityAlreadyExists,
         "User with name Alice already exists."),
        (decide_users.create_user, USER._replace(boundary=POLICY_ARN + "x"), NoSuchEntity,
         f"Scope ARN: {POLICY_ARN}x does not exist or is not attachable."),
        (decide_users.create_user, USER._replace(tags=(("A", ""), ("a", ""))), InvalidInput,
         "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
        (decide_users.create_user, USER._replace(tags=(("aws:x", ""),)), InvalidInput, None),
        (decide_users.create_user, USER._replace(tags=tuple((f"{n}", "") for n in range(51))), IdentityLimitExceeded,
         None),
        (decide_users.create_user, USER._replace(region=PEER), NotHome, None),
        (decide_users.delete_user, DeleteUser(*WHERE, "bob"), NoSuchEntity,
         "The user with name bob cannot be found."),
        (decide_users.update_user, UpdateUser(*WHERE, "bob", "eve"), NoSuchEntity, None),
        (decide_groups.create_group, GROUP._replace(group_name="ADMINS"), EntityAlreadyExists,
         "Group with name ADMINS already exists."),
        (decide_groups.delete_group, DeleteGroup(*WHERE, "devs"), NoSuchEntity,
         "The group with name devs cannot be found."),
        (decide_groups.add_user_to_group, AddUserToGroup(*WHERE, "devs", "alice"), NoSuchEntity, None),
        (decide_groups.add_user_to_group, AddUserToGroup(*WHERE, "Admins", "bob"), NoSuchEntity, None),
        (decide_groups.remove_user_from_group, RemoveUserFromGroup(*WHERE, "Admins", "alice"), NoSuchEntity, None),
        (decide_roles.create_role, ROLE._replace(role_name="BACKUP"), EntityAlreadyExists,
         "Role with name BACKUP already exists."),
        (decide_roles.create_role, ROLE._replace(trust_policy=ALLOW), MalformedPolicyDocument, None),
        (decide_roles.create_role, ROLE._replace(max_session_seconds=3_599), ValidationFailed, None),
        (decide_roles.update_role, UpdateRole(*WHERE, "Backup", None, 43_201), ValidationFailed, None),
        (decide_roles.update_trust_policy, UpdateTrustPolicy(*WHERE, "Backup", "{"), MalformedPolicyDocument, None),
        (decide_roles.delete_role, DeleteRole(*WHERE, "deploy"), NoSuchEntity,
         "The role with name deploy cannot be found."),
    ],
)  # fmt: skip
def test_refusals(decide: Decide, command: object, refusal: type[KeytideError], message: str | None) -> None:
    with pytest.raises(refusal) as refused:
        decide(command, account_with_all().view)
    assert message is None or refused.value.message == message


@pytest.mark.parametrize(
    ("made", "decide", "command", "quota"),
    [
        (lambda n: UserCreated(ACCOUNT, f"u{n}", "AIDA"), decide_users.create_user, USER, "UsersPerAccount: 5000"),
        (lambda n: GroupCreated(ACCOUNT, f"AGPA{n}", f"g{n}"), decide_groups.create_group, GROUP,
         "GroupsPerAccount: 300"),
        (lambda n: RoleCreated(ACCOUNT, f"r{n}", "AROA", "{}"), decide_roles.create_role, ROLE,
         "RolesPerAccount: 1000"),
    ],
)  # fmt: skip
def test_an_account_has_so_many(
    made: Callable[[int], UserCreated], decide: Decide, command: object, quota: str
) -> None:
    home, most = Home(), int(quota.rpartition(" ")[2])
    home.view.apply(made(number) for number in range(most - 1))
    assert decide(command, home.view).events
    home.view.apply([made(most)])
    with pytest.raises(IdentityLimitExceeded) as refused:
        decide(command, home.view)
    assert refused.value.message == f"Cannot exceed quota for {quota}"


def test_a_renamed_user_takes_everything_along() -> None:
    home = account_with_all()
    home.do(decide_groups.add_user_to_group, AddUserToGroup(*WHERE, "Admins", "alice"))
    home.do(decide_policies.put_inline_policy, PutInlinePolicy(*WHERE, Named("user", "alice"), "p", ALLOW))
    home.do(decide_policies.put_boundary, PutBoundary(*WHERE, Named("user", "alice"), POLICY_ARN))
    before = user_named(home.view, ACCOUNT, "alice")
    home.do(decide_users.update_user, UpdateUser(*WHERE, "Alice", "Eve", "/new/"))
    for view in (home.view, home.peer):
        assert user_named(view, ACCOUNT, "eve") == before._replace(user_name="Eve", path="/new/")
        assert view.state(user_stream(ACCOUNT, "alice")) is None
        assert list(view.indexed(ACCOUNT, members_index(ACCOUNT, "AGPAADMINS"), "")) == ["eve"]
        access_key = view.access_key(ACCESS_KEY_ID)
        assert access_key is not None
        assert access_key.user_name == "Eve"


def test_a_name_may_change_its_letters_and_nobody_elses_is_taken() -> None:
    home = account_with_all()
    home.do(decide_users.create_user, USER)
    home.do(decide_users.update_user, UpdateUser(*WHERE, "alice", "ALICE"))
    assert user_named(home.peer, ACCOUNT, "alice").arn == f"arn:aws:iam::{ACCOUNT}:user/ALICE"
    assert decide_users.update_user(UpdateUser(*WHERE, "alice"), home.view) == Decision(())
    with pytest.raises(EntityAlreadyExists):
        decide_users.update_user(UpdateUser(*WHERE, "alice", "Bob"), home.view)


def test_a_renamed_group_keeps_its_members() -> None:
    home = account_with_all()
    home.do(decide_groups.create_group, GROUP)
    home.do(decide_groups.add_user_to_group, AddUserToGroup(*WHERE, "Admins", "alice"))
    home.do(decide_groups.update_group, UpdateGroup(*WHERE, "Admins", "Owners", "/x/"))
    group = group_named(home.peer, ACCOUNT, "owners")
    assert (group.group_id, group.path) == ("AGPAADMINS", "/x/")
    assert user_named(home.peer, ACCOUNT, "alice").groups == (group.group_id,)
    with pytest.raises(NoSuchEntity):
        group_named(home.peer, ACCOUNT, "Admins")
    with pytest.raises(EntityAlreadyExists):
        decide_groups.update_group(UpdateGroup(*WHERE, "Owners", "DEVS"), home.view)
    assert decide_groups.update_group(UpdateGroup(*WHERE, "Owners", "Owners"), home.view) == Decision(())


def test_a_user_is_in_ten_groups() -> None:
    home = account_with_all()
    for number in range(10):
        home.do(decide_groups.create_group, GROUP._replace(group_name=f"g{number}", group_id=f"AGPA{number}"))
        home.do(decide_groups.add_user_to_group, AddUserToGroup(*WHERE, f"g{number}", "alice"))
    with pytest.raises(IdentityLimitExceeded):
        decide_groups.add_user_to_group(AddUserToGroup(*WHERE, "Admins", "alice"), home.view)
    assert decide_groups.add_user_to_group(AddUserToGroup(*WHERE, "g0", "alice"), home.view) == Decision(())


ALICE, ADMINS, BACKUP = Named("user", "alice"), Named("group", "Admins"), Named("role", "Backup")
HELD: tuple[tuple[Named, Decide, object], ...] = (
    (ALICE, decide_users.delete_user, DeleteUser(*WHERE, "alice")),
    (ADMINS, decide_groups.delete_group, DeleteGroup(*WHERE, "Admins")),
    (BACKUP, decide_roles.delete_role, DeleteRole(*WHERE, "Backup")),
)


@pytest.mark.parametrize(("entity", "decide", "command"), HELD)
def test_policies_go_first(entity: Named, decide: Decide, command: object) -> None:
    home = account_with_all()
    home.do(decide_access_keys.delete_access_key, DeleteAccessKey(*WHERE, "alice", ACCESS_KEY_ID))
    home.do(decide_policies.attach_policy, AttachPolicy(*WHERE, entity, POLICY_ARN))
    home.do(decide_policies.put_inline_policy, PutInlinePolicy(*WHERE, entity, "p", ALLOW))
    with pytest.raises(DeleteConflict, match=r"must detach all policies first\."):
        decide(command, home.view)
    home.do(decide_policies.detach_policy, DetachPolicy(*WHERE, entity, POLICY_ARN))
    with pytest.raises(DeleteConflict, match=r"must delete policies first\."):
        decide(command, home.view)
    home.do(decide_policies.delete_inline_policy, DeleteInlinePolicy(*WHERE, entity, "p"))
    home.do(decide, command)
    with pytest.raises(NoSuchEntity):
        decide(command, home.view)


def test_a_user_leaves_groups_and_access_keys_first() -> None:
    home = account_with_all()
    home.do(decide_groups.add_user_to_group, AddUserToGroup(*WHERE, "Admins", "alice"))
    with pytest.raises(DeleteConflict, match="from groups first"):
        decide_users.delete_user(DeleteUser(*WHERE, "alice"), home.view)
    with pytest.raises(DeleteConflict, match="remove users from group first"):
        decide_groups.delete_group(DeleteGroup(*WHERE, "Admins"), home.view)
    home.do(decide_groups.remove_user_from_group, RemoveUserFromGroup(*WHERE, "Admins", "alice"))
    with pytest.raises(DeleteConflict, match="delete access keys first"):
        decide_users.delete_user(DeleteUser(*WHERE, "alice"), home.view)
    home.do(decide_groups.delete_group, DeleteGroup(*WHERE, "Admins"))


def test_a_role_is_updated_in_part() -> None:
    home = account_with_all()
    home.do(decide_roles.update_role, UpdateRole(*WHERE, "backup", "text"))
    home.do(decide_roles.update_role, UpdateRole(*WHERE, "backup", None, 7_200))
    home.do(decide_roles.update_trust_policy, UpdateTrustPolicy(*WHERE, "backup", TRUST + " "))
    role = role_named(home.peer, ACCOUNT, "Backup")
    assert (role.description, role.max_session_seconds, role.trust_policy) == ("text", 7_200, TRUST + " ")
    assert decide_roles.update_role(UpdateRole(*WHERE, "backup", "text"), home.view) == Decision(())
