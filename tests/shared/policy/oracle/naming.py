"""How strongly a policy or a grant names a caller.

Source: IAM User Guide, "AWS JSON policy elements: Principal", "... NotPrincipal"; AWS KMS Developer Guide, "Grants".
"""

from collections.abc import Iterable
from enum import IntEnum

from shared.policy.question import Principal, PrincipalKind


class Standing(IntEnum):
    """What has to agree beside the one that names: the later, the less."""

    NONE = 0
    ANYBODY = 1
    """A Deny counts, an Allow does not: `*` for whom an identity provider vouches and who is nobody's principal yet."""
    ACCOUNT = 2
    """Identity policies, boundary and session policies."""
    ROLE = 3
    """Boundary and session policies."""
    ALONE = 4
    """Nothing."""


OF_NO_ACCOUNT = (PrincipalKind.SERVICE, PrincipalKind.FEDERATED)


def standing(caller: Principal, named: Iterable[tuple[str, str]]) -> Standing:
    return max((_one(caller, type_name, name) for type_name, name in named), default=Standing.NONE)


def _one(caller: Principal, type_name: str, name: str) -> Standing:
    if (type_name, name) == ("AWS", "*"):
        return Standing.ANYBODY if caller.kind is PrincipalKind.FEDERATED else Standing.ALONE
    if caller.kind is PrincipalKind.SERVICE:
        return Standing.ALONE if (type_name, name) == ("Service", caller.arn) else Standing.NONE
    if caller.kind is PrincipalKind.FEDERATED:
        return Standing.ALONE if (type_name, name) == ("Federated", caller.arn) else Standing.NONE
    return _of_account(caller, name) if type_name == "AWS" else Standing.NONE


def _of_account(caller: Principal, name: str) -> Standing:
    session = caller.kind is PrincipalKind.SESSION
    if name == caller.arn or (name == caller.unique_id and name and not session):
        return Standing.ALONE
    if session and name in (caller.role_arn, caller.unique_id):
        return Standing.ROLE
    if name in (caller.account, f"arn:aws:iam::{caller.account}:root"):
        return Standing.ALONE if caller.kind is PrincipalKind.ROOT else Standing.ACCOUNT
    return Standing.NONE


def spared(caller: Principal, listed: Iterable[tuple[str, str]], bounded: bool) -> bool:
    """Whether a Deny with NotPrincipal lets this caller be."""
    if bounded:
        return False
    standings = {_one(caller, type_name, name) for type_name, name in listed}
    needed = {Standing.ALONE}
    if caller.kind is PrincipalKind.SESSION:
        needed.add(Standing.ROLE)
    if caller.kind in (PrincipalKind.USER, PrincipalKind.SESSION):
        needed.add(Standing.ACCOUNT)
    return needed <= standings
