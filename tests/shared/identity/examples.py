"""An account and who is in it, for tests: decided, folded, and seen by a peer."""

from collections.abc import Callable
from typing import Any, TypeAlias

from shared.decision import Decision
from shared.identifiers import access_key_id
from shared.identity import decide_access_keys, decide_groups, decide_policies, decide_roles, decide_users
from shared.identity.commands import CreateAccessKey, CreateAccount, CreateGroup, CreateRole, CreateUser
from shared.identity.decide_accounts import create_account
from shared.identity.policy_commands import CreatePolicy
from tests.shared.memory_view import MemoryView

HOME, PEER, THIRD = "us-east-1", "eu-west-1", "ap-southeast-2"
ACCOUNT = "111122223333"
WHERE = (HOME, ACCOUNT)
ALLOW = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}'
TRUST = ALLOW.replace('"kms:*","Resource":"*"', '"sts:AssumeRole","Principal":{"AWS":"111122223333"}')
POLICY_ARN = f"arn:aws:iam::{ACCOUNT}:policy/team/Keys"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ACCESS_KEY_ID = access_key_id(ACCOUNT, 7)

Decide: TypeAlias = Callable[[Any, Any], Decision]


class Home:
    """The account's home, and a peer that adopts what is shared."""

    def __init__(self, stand_by_region: str | None = None) -> None:
        self.view, self.peer = MemoryView(HOME), MemoryView(PEER)
        self.do(create_account, CreateAccount(HOME, ACCOUNT, "Example", stand_by_region))

    def do(self, decide: Decide, command: object) -> Decision:
        decision = decide(command, self.view)
        self.view.apply(decision.events)
        self.peer.apply(decision.shared_events, origin=HOME)
        return decision


def account_with_all() -> Home:
    """A user `alice` with an access key, a group `Admins`, a role `Backup` and a policy `Keys`."""
    home = Home()
    home.do(decide_users.create_user, CreateUser(*WHERE, "alice", "AIDAALICE"))
    home.do(decide_access_keys.create_access_key, CreateAccessKey(*WHERE, "alice", ACCESS_KEY_ID, b"wrapped"))
    home.do(decide_groups.create_group, CreateGroup(*WHERE, "Admins", "AGPAADMINS"))
    home.do(decide_roles.create_role, CreateRole(*WHERE, "Backup", "AROABACKUP", TRUST))
    home.do(decide_policies.create_policy, CreatePolicy(*WHERE, "Keys", "ANPAKEYS", ALLOW, "/team/"))
    return home
