"""Who an ARN names in a state.

Owns finding users and roles by their ARNs, and the accounts that a state knows.
"""

import re

from shared.decision import StateView
from shared.identifiers import ACCOUNT_PATTERN, account_stream, user_stream
from shared.identity.model import Account, Role, User
from shared.identity.naming import role_stream
from shared.policy.principals import account_root
from shared.policy.question import Principal, PrincipalKind

_ARN = re.compile(r"arn:aws:(iam|sts)::([0-9]{12}):(root|user|role|assumed-role)(?:/(.+))?")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
SESSION_NAME = "simulated"
"""Of the session that stands for a role."""


def principal_named(view: StateView, name: str) -> Principal | None:
    """The principal with this ARN, account number or service name; None where there is none in the state."""
    if ACCOUNT_PATTERN.fullmatch(name):
        name = account_root(name)
    found = _ARN.fullmatch(name)
    if found is None:
        is_service = _SERVICE.fullmatch(name) is not None
        return Principal(PrincipalKind.SERVICE, "", name) if is_service else None
    _, account, kind, rest = found.groups()
    if kind == "root":
        return _root(view, account)
    if kind == "user":
        return _user(view, account, name)
    if kind == "role":
        return _session(view, account, (rest or "").rpartition("/")[2], SESSION_NAME, name)
    role, _, session = (rest or "").partition("/")
    return _session(view, account, role, session)


def _root(view: StateView, account: str) -> Principal | None:
    state = view.state(account_stream(account))
    return (
        Principal(PrincipalKind.ROOT, account, account_root(account), account) if isinstance(state, Account) else None
    )


def _user(view: StateView, account: str, arn: str) -> Principal | None:
    user = view.state(user_stream(account, arn.rpartition("/")[2]))
    if not isinstance(user, User) or user.arn != arn:
        return None
    return Principal(PrincipalKind.USER, account, arn, user.user_id)


def _session(view: StateView, account: str, name: str, session: str, arn: str | None = None) -> Principal | None:
    """`arn`: of the role, where the session was not named."""
    role = view.state(role_stream(account, name))
    if not isinstance(role, Role) or not session or (arn is not None and role.arn != arn):
        return None
    own = f"arn:aws:sts::{account}:assumed-role/{role.role_name}/{session}"
    return Principal(PrincipalKind.SESSION, account, own, role.role_id, role.arn)
