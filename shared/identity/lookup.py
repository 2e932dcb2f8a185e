"""Who an access key's principal is, and every policy that stands with a principal.

Owns the way of each request from an access key to its policies: a few rows, each found by name. What is put together
from rows is remembered by the rows themselves, so that a change binds the next request, and equal rows give the very
same value, by which the evaluation remembers what it has compiled. What should be there and is not denies.

A principal is who it was when it signed in: a user or role that is deleted and made again under its name has another
unique id, and sessions of the old role have nothing any more. Policies of keys and trust policies name ARNs, and are
compared by them: there the new one is what the old one was.
Source: IAM User Guide, "Policy evaluation logic", "IAM identifiers".
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from shared.decision import StateView
from shared.evolve import State
from shared.identifiers import account_stream, user_stream
from shared.identity.aws_managed import AWS_MANAGED
from shared.identity.limits import LEVELS
from shared.identity.model import AccessKey, Account, Group, Pairs, Policy, PolicyHolder, Role, ServiceControl, User
from shared.identity.naming import (
    AWS_OWNED,
    GROUP,
    POLICY,
    ROLE,
    USER,
    group_stream,
    parse_policy_arn,
    policy_stream,
    role_stream,
    service_control_stream,
)
from shared.policy.question import (
    GONE,
    NO_POLICIES,
    IdentityPolicies,
    PolicyKind,
    PolicyText,
    Principal,
    PrincipalKind,
)

REMEMBERED = 4_096
_DENY = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'
_GONE = IdentityPolicies((PolicyText(PolicyKind.IDENTITY, GONE, _DENY),))


class _Stream(NamedTuple):
    stream: str


class _Standing(NamedTuple):
    """What the state says of a principal."""

    policies: IdentityPolicies
    tags: Pairs = ()


def principal_of(view: StateView, access_key: AccessKey) -> Principal | None:
    """Who signs with `access_key`; None where it is inactive, or its owner is gone."""
    if not access_key.is_active:
        return None
    if access_key.service_principal:
        return Principal(PrincipalKind.SERVICE, "", access_key.service_principal)
    if access_key.user_name:
        user = view.state(user_stream(access_key.account, access_key.user_name))
        return _principal(user) if isinstance(user, User) else None
    account = view.state(account_stream(access_key.account))
    return _root(account) if isinstance(account, Account) else None


@lru_cache(maxsize=REMEMBERED)
def _principal(user: User) -> Principal:
    return Principal(PrincipalKind.USER, user.account, user.arn, user.user_id)


def _root(account: Account) -> Principal:
    return Principal(PrincipalKind.ROOT, account.account, account.arn, account.account)


def role_of(view: StateView, principal: Principal) -> Role | None:
    """The role of a session, if it still is the one that was assumed."""
    role = view.state(role_stream(principal.account, principal.role_arn.rpartition("/")[2]))
    return role if isinstance(role, Role) and role.role_id == principal.unique_id else None


def user_of(view: StateView, principal: Principal) -> User | None:
    """The user, if it still is the one that signed in."""
    user = view.state(user_stream(principal.account, principal.arn.rpartition("/")[2]))
    return user if isinstance(user, User) and user.user_id == principal.unique_id else None


def tags_of(view: StateView, principal: Principal) -> Pairs:
    """The tags of the user, or of the session's role."""
    return _standing(view, principal).tags


def identity_policies(view: StateView, principal: Principal) -> IdentityPolicies:
    """All that stands with `principal`, but for the policies of its session, which come with its token."""
    return _standing(view, principal).policies


def _standing(view: StateView, principal: Principal) -> _Standing:
    known: _Standing | None = view.derived.get(principal)
    if known is None:
        known = view.derived[principal] = _read(view, principal)
    return known


def _read(view: StateView, principal: Principal) -> _Standing:
    if principal.kind is PrincipalKind.USER:
        user = user_of(view, principal)
        return _Standing(_of_user(view, user), () if user is None else user.tags)
    if principal.kind is PrincipalKind.SESSION:
        role = role_of(view, principal)
        return _Standing(_of_role(view, role), () if role is None else role.tags)
    if principal.kind is PrincipalKind.ROOT:
        return _Standing(_assembled((), None, _service_control(view, principal.account)))
    return _Standing(NO_POLICIES)


def session_policies(view: StateView, policy: str | None, policy_arns: tuple[str, ...]) -> tuple[PolicyText, ...]:
    """The policies that narrow a session: its own, and the managed ones that it names."""
    own = () if policy is None else (PolicyText(PolicyKind.SESSION, "the session policy", policy),)
    return (*own, *(_text(PolicyKind.SESSION, arn, _managed(view, arn)) for arn in policy_arns))


def policies_in(view: StateView, account: str) -> Iterator[PolicyText]:
    """Every policy that the account keeps: inline and managed, of trust, and its service control policies."""
    for kind in (USER, GROUP, ROLE):
        for holder in view.entities(account, kind, ""):
            if isinstance(holder, User | Group | Role):
                yield from _inline(_named(holder), holder.inline)
            if isinstance(holder, Role):
                yield PolicyText(PolicyKind.TRUST, holder.arn, holder.trust_policy)
    for policy in view.entities(account, POLICY, ""):
        if isinstance(policy, Policy):
            yield _text(PolicyKind.IDENTITY, policy.arn, policy)
    control = _service_control(view, account)
    yield from () if control is None else (text for level in LEVELS for text in _level(control, level))


def _of_user(view: StateView, user: User | None) -> IdentityPolicies:
    if user is None:
        return _GONE
    holders: list[PolicyHolder] = [user]
    for group_id in user.groups:
        group = view.state(group_stream(user.account, group_id))
        if not isinstance(group, Group):
            return _GONE
        holders.append(group)
    return _of_holders(view, holders, user.boundary)


def _of_role(view: StateView, role: Role | None) -> IdentityPolicies:
    return _GONE if role is None else _of_holders(view, [role], role.boundary)


def _of_holders(view: StateView, holders: list[PolicyHolder], boundary: str | None) -> IdentityPolicies:
    account = holders[0].account
    policies = [_policies(holder, tuple([_managed(view, arn) for arn in holder.attached])) for holder in holders]
    bounded = None if boundary is None else _boundary(boundary, _managed(view, boundary))
    return _assembled(tuple(policies), bounded, _service_control(view, account))


def _managed(view: StateView, arn: str) -> State | str | None:
    """The row of a managed policy, or the text of one that AWS manages."""
    text_or_place = _place(arn)
    return text_or_place if isinstance(text_or_place, str) else view.state(text_or_place.stream)


@lru_cache(maxsize=REMEMBERED)
def _place(arn: str) -> str | _Stream:
    """Where a customer managed policy stands, or the text of one that AWS manages."""
    parsed = parse_policy_arn(arn)
    if parsed is None or parsed.account == AWS_OWNED:
        return AWS_MANAGED.get(arn, _DENY)
    return _Stream(policy_stream(parsed.account, parsed.policy_name))


@lru_cache(maxsize=REMEMBERED)
def _policies(holder: PolicyHolder, managed: tuple[State | str | None, ...]) -> tuple[PolicyText, ...]:
    """The policies of one holder: its own, and those attached to it, in the order of their ARNs."""
    attached = [_text(PolicyKind.IDENTITY, arn, policy) for arn, policy in zip(holder.attached, managed, strict=True)]
    return (*_inline(_named(holder), holder.inline), *attached)


def _named(holder: PolicyHolder) -> str:
    if isinstance(holder, User):
        return f"{USER}/{holder.user_name}"
    return f"{GROUP}/{holder.group_name}" if isinstance(holder, Group) else f"{ROLE}/{holder.role_name}"


def _inline(name: str, inline: Pairs) -> list[PolicyText]:
    return [PolicyText(PolicyKind.IDENTITY, f"{name}/policy/{policy}", document) for policy, document in inline]


@lru_cache(maxsize=REMEMBERED)
def _boundary(arn: str, policy: State | str | None) -> PolicyText:
    return _text(PolicyKind.BOUNDARY, arn, policy)


def _text(kind: PolicyKind, arn: str, policy: State | str | None) -> PolicyText:
    if isinstance(policy, Policy) and policy.arn == arn:
        return PolicyText(kind, arn, policy.document)
    return PolicyText(kind, arn, policy if isinstance(policy, str) else _DENY)


def _service_control(view: StateView, account: str) -> ServiceControl | None:
    state = view.state(service_control_stream(account))
    return state if isinstance(state, ServiceControl) else None


@lru_cache(maxsize=REMEMBERED)
def _assembled(
    policies: tuple[tuple[PolicyText, ...], ...], boundary: PolicyText | None, control: ServiceControl | None
) -> IdentityPolicies:
    levels = [] if control is None else [_level(control, level) for level in LEVELS]
    return IdentityPolicies(
        tuple(text for of_holder in policies for text in of_holder),
        boundary,
        service_control=tuple(level for level in levels if level),
    )


def _level(control: ServiceControl, wanted: str) -> tuple[PolicyText, ...]:
    return tuple(
        PolicyText(PolicyKind.SERVICE_CONTROL, f"{level}/{name}", document)
        for level, name, document in control.policies
        if level == wanted
    )
