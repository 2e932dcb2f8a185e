"""Sessions: who somebody is for a while, by temporary credentials.

Owns what a session says of itself, for which dates its derived keys are made, who may issue it, and whose it still is.
Nothing of a session stands in the state: all of it travels in its token (`shared/crypto/session_token.py`). So it ends
when it expires, or when the state no longer has what it rests on: the role that was assumed, or the access key for
which it was given.
Source: IAM User Guide, "Temporary security credentials in IAM".
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from shared.decision import StateView
from shared.identity.lookup import principal_of
from shared.identity.model import Account, Pairs, Role
from shared.identity.naming import role_stream
from shared.policy.question import Principal, PrincipalKind, Values


class Extras(NamedTuple):
    """What somebody chose for a session. `policy` None and no `policy_arns`: the session is not narrowed.

    `policy_arns`: managed policies, judged as they are at each request. `transitive`: the keys of those `tags` that
    pass on to the next role. `facts`: condition keys that an identity provider's token brought, in lower case.
    """

    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    tags: Pairs = ()
    transitive: tuple[str, ...] = ()
    facts: tuple[tuple[str, Values], ...] = ()


class SessionClaims(NamedTuple):
    """`access_key_id` names the account. Times are milliseconds.

    Of a role: `unique_id` and `name` are the role's, `session_name` is what the caller chose. Of a user or the root
    user: `parent` is the access key for which the session was given, `unique_id` the principal's, the others empty.
    `provider`: the ARN of the identity provider whose token was shown, if one was.
    """

    access_key_id: str
    account: str
    unique_id: str
    name: str
    session_name: str
    parent: str
    issued_at: int
    expires_at: int
    source_identity: str = ""
    provider: str = ""
    extras: Extras = Extras()

    @property
    def arn(self) -> str:
        """Of a role's session."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.name}/{self.session_name}"

    @property
    def assumed_role_id(self) -> str:
        """Of a role's session."""
        return f"{self.unique_id}:{self.session_name}"


def issuers_of(account: Account) -> tuple[str, ...]:
    """The regions that may issue the account's sessions: those that hold its access keys' secrets anyway.

    Any other region that signs a token for the account has turned, or been turned.
    """
    return (account.home_region,) if account.stand_by_region is None else (account.home_region, account.stand_by_region)


@lru_cache(maxsize=4096)
def dates_between(first: int, last: int) -> tuple[str, ...]:
    """Every date (YYYYMMDD, in UTC) from one time to another, both in milliseconds and included."""
    begin, end = (datetime.fromtimestamp(time // 1000, UTC).date() for time in (first, last))
    return tuple((begin + timedelta(days=day)).strftime("%Y%m%d") for day in range((end - begin).days + 1))


def principal_of_session(view: StateView, claims: SessionClaims) -> Principal | None:
    """Whose session it is, as he is called now; None where what it rests on is gone, or is another by now."""
    if claims.parent:
        return _of_parent(view, claims)
    role = view.state(role_stream(claims.account, claims.name))
    if not isinstance(role, Role) or role.role_id != claims.unique_id:
        return None
    return Principal(PrincipalKind.SESSION, role.account, claims.arn, role.role_id, role.arn)


def _of_parent(view: StateView, claims: SessionClaims) -> Principal | None:
    access_key = view.access_key(claims.parent)
    principal = None if access_key is None else principal_of(view, access_key)
    is_same = principal is not None and (principal.account, principal.unique_id) == (claims.account, claims.unique_id)
    return principal if is_same else None
