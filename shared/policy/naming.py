"""By which names a policy may call a principal, and what follows from each.

Owns the difference between being named oneself, as one's role, and as one's account.
Source: IAM User Guide, "AWS JSON policy elements: Principal" and "… NotPrincipal", "Policy evaluation logic"; AWS KMS
Developer Guide, "Default key policy".
"""

from enum import IntEnum
from typing import NamedTuple, TypeAlias

from shared.policy.principals import account_root
from shared.policy.question import Principal, PrincipalKind
from shared.policy.statement import Principals

Name: TypeAlias = tuple[str, str]
"""The principal's type in a policy, and its name."""
EVERYBODY: Name = ("AWS", "*")


class Naming(IntEnum):
    """How near a statement calls a principal by its name; the nearest counts."""

    NOT = 0
    AS_ANYBODY = 1
    """By `*`, and is nobody's principal yet: it can be denied so, and is let in by its own name alone."""
    AS_ACCOUNT = 2
    """Its account may decide, through IAM."""
    AS_ROLE = 3
    """Let in itself, within its permissions boundary and its session policies."""
    ITSELF = 4
    """Let in itself."""


class Names(NamedTuple):
    """`own`: the sets of names for what makes up the principal (itself, its role, its account), nearest first."""

    own: tuple[tuple[Naming, frozenset[Name]], ...]
    everybody: Naming


def names_of(principal: Principal) -> Names:
    if principal.kind is PrincipalKind.SERVICE:
        return Names(((Naming.ITSELF, frozenset({("Service", principal.arn)})),), Naming.ITSELF)
    if principal.kind is PrincipalKind.FEDERATED:
        return Names(((Naming.ITSELF, frozenset({("Federated", principal.arn)})),), Naming.AS_ANYBODY)
    account = _aws(principal.account, account_root(principal.account))
    if principal.kind is PrincipalKind.ROOT:
        return Names(((Naming.ITSELF, account),), Naming.ITSELF)
    whole = (Naming.AS_ACCOUNT, account)
    if principal.kind is PrincipalKind.USER:
        return Names(((Naming.ITSELF, _aws(principal.arn, principal.unique_id)), whole), Naming.ITSELF)
    role = (Naming.AS_ROLE, _aws(principal.role_arn, principal.unique_id))
    return Names(((Naming.ITSELF, _aws(principal.arn)), role, whole), Naming.ITSELF)


def _aws(*names: str) -> frozenset[Name]:
    return frozenset(("AWS", name) for name in names if name)


def naming(principals: Principals, names: Names, has_boundary: bool) -> Naming:
    """How `Principal` or `NotPrincipal` calls the principal.

    `NotPrincipal` leaves out whom it names with all that makes it up, its account too, and never one with a permissions
    boundary.
    """
    listed = {(type_, name) for type_, texts in principals.names.items() for name in texts}
    if principals.inverted:
        left_out = EVERYBODY in listed or all(not listed.isdisjoint(own) for _naming, own in names.own)
        return Naming.NOT if left_out and not has_boundary else Naming.ITSELF
    if EVERYBODY in listed and names.everybody is Naming.ITSELF:
        return Naming.ITSELF
    nearest = next((naming for naming, own in names.own if not listed.isdisjoint(own)), Naming.NOT)
    return max(nearest, names.everybody) if EVERYBODY in listed else nearest
