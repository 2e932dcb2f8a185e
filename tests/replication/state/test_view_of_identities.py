"""What a snapshot shows of who is in an account, by names and by indexes."""

from replication.state.view import SnapshotView
from shared import events as e
from shared.identity.account_events import AccessKeyDeleted, ServiceControlPolicyPut
from shared.identity.events import GroupCreated, GroupUpdated, RoleCreated, UserAddedToGroup, UserDeleted, UserTookName
from shared.identity.finding import access_keys_of, find_group
from shared.identity.lookup import identity_policies
from shared.identity.model import Role, User
from shared.identity.naming import PolicyArn, attachments_index, boundaries_index, members_index
from shared.identity.policy_events import BoundaryUpdated, PolicyAttached, PolicyCreated
from shared.policy.question import Principal, PrincipalKind
from tests.replication.folding import Folding
from tests.replication.written_log import ACCOUNT, WrittenLog

KEYS = [f"AKIA{number}" for number in range(2)]
ARN = f"arn:aws:iam::{ACCOUNT}:policy/a/Keys"
POLICY = PolicyArn(ACCOUNT, "/a/", "Keys")
ALICE = Principal(PrincipalKind.USER, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/alice", "AIDAALICE")


def view_of(*events: e.Event) -> SnapshotView:
    log, folding = WrittenLog(), Folding()
    log.open()
    for event in events:
        log.write(event)
    folding.apply(*log.records)
    snapshot = folding.store.read()
    return SnapshotView(snapshot.__enter__(), 2)


def made(name: str) -> e.UserCreated:
    return e.UserCreated(ACCOUNT, name, f"AIDA{name.upper()}")


def test_entities_of_a_kind_come_by_name_without_those_that_are_gone() -> None:
    view = view_of(made("carol"), made("Bob"), made("alice"), UserDeleted(ACCOUNT, "bob"), made("dave"))
    role = RoleCreated(ACCOUNT, "alice", "AROA", "{}")
    names = [user.user_name for user in view.entities(ACCOUNT, "user", "") if isinstance(user, User)]
    assert names == ["alice", "carol", "dave"]
    assert [type(state) for state in view_of(made("alice"), role).entities(ACCOUNT, "role", "")] == [Role]
    after = [user.user_name for user in view.entities(ACCOUNT, "user", "alice") if isinstance(user, User)]
    assert after == ["carol", "dave"]


def test_members_and_group_names_follow_what_is_renamed() -> None:
    view = view_of(
        made("alice"),
        GroupCreated(ACCOUNT, "AGPAONE", "Admins"),
        UserAddedToGroup(ACCOUNT, "alice", "AGPAONE"),
        GroupUpdated(ACCOUNT, "AGPAONE", "Owners", "/"),
        UserDeleted(ACCOUNT, "alice", "eve"),
        UserTookName(ACCOUNT, "Eve", "AIDAALICE", 1, "/", groups=("AGPAONE",)),
    )
    assert list(view.indexed(ACCOUNT, members_index(ACCOUNT, "AGPAONE"), "")) == ["eve"]
    group = find_group(view, ACCOUNT, "OWNERS")
    assert group is not None
    assert group.group_id == "AGPAONE"
    assert find_group(view, ACCOUNT, "Admins") is None


def test_a_policy_tells_what_it_is_used_for() -> None:
    view = view_of(
        made("alice"),
        GroupCreated(ACCOUNT, "AGPAONE", "Admins"),
        PolicyCreated(ACCOUNT, "Keys", "ANPA", "{}", "/a/"),
        PolicyAttached(ACCOUNT, "user/alice", ARN),
        PolicyAttached(ACCOUNT, "group/AGPAONE", ARN),
        BoundaryUpdated(ACCOUNT, "user/alice", ARN),
    )
    assert list(view.indexed(ACCOUNT, attachments_index(ACCOUNT, POLICY), "")) == ["group/AGPAONE", "user/alice"]
    assert list(view.indexed(ACCOUNT, attachments_index(ACCOUNT, POLICY), "group/AGPAONE")) == ["user/alice"]
    assert list(view.indexed(ACCOUNT, boundaries_index(ACCOUNT, POLICY), "")) == ["user/alice"]


def test_access_keys_are_found_by_whose_they_are() -> None:
    ids = [e.AccessKeyCreated(ACCOUNT, name, key) for name, key in zip(("alice", ""), KEYS, strict=True)]
    service = e.AccessKeyCreated(ACCOUNT, "", "AKIA9", service_principal="a.example")
    gone = (e.AccessKeyCreated(ACCOUNT, "alice", "AKIA8"), AccessKeyDeleted(ACCOUNT, "AKIA8"))
    view = view_of(made("alice"), *ids, service, *gone)
    found = {name: list(view.indexed(ACCOUNT, f"access-key-of/{ACCOUNT}/{name}|", "")) for name in ("alice", "")}
    assert found == {"alice": ["AKIA0"], "": ["AKIA1"]}
    assert list(access_keys_of(view, ACCOUNT, "bob")) == []


def test_policies_are_put_together_once_for_all_snapshots() -> None:
    events = (
        made("alice"),
        PolicyCreated(ACCOUNT, "Keys", "ANPA", "{}", "/a/"),
        PolicyAttached(ACCOUNT, "user/alice", ARN),
        ServiceControlPolicyPut(ACCOUNT, "root", "all", "{}"),
    )
    first, second = identity_policies(view_of(*events), ALICE), identity_policies(view_of(*events), ALICE)
    assert [policy.name for policy in first.policies] == [ARN]
    assert first is second
