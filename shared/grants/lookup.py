"""Finding grants that are in force, and who may give one up.

Owns the rule that a region's own grant is good for one life of its key alone: a replica that was deleted and made again
has none of the grants of before, also where a grant came into the log at the same moment as the key's end. A grant that
all regions of the key have in common is of the whole key: a replica has it in every life that follows the primary.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import islice
from typing import NamedTuple

from shared.decision import StateView
from shared.grants.commands import GrantName
from shared.grants.model import Grant
from shared.grants.operations import RETIRE_GRANT
from shared.keys.epochs import counts
from shared.keys.model import Key
from shared.policy.principals import account_root
from shared.policy.question import Principal

REMEMBERED = 32
"""Up to so many grants on one key to one principal are remembered with the state; more are read again by each request,
one after the other until one gives the permission."""


class _Given(NamedTuple):
    account: str
    key_id: str
    principal: Principal


def is_of(grant: Grant, key: Key | None) -> bool:
    """Whether the grant is in force on `key`, which is the state of the key that it names."""
    if key is None or not key.held_here:
        return False
    return key.shares_grants and counts_on(grant, key) if grant.shared else grant.key_created_at == key.grants_life


def counts_on(grant: Grant, key: Key) -> bool:
    """Whether a grant of all regions was given in an epoch that counts: else it is overtaken."""
    return not grant.given_in or any(counts(key, (count, region), number) for count, region, number in grant.given_in)


def standing_grant(view: StateView, name: GrantName) -> Grant | None:
    """The grant, if it is in force."""
    account, key_id = name.key.account, name.key.key_id
    grant = view.grant(account, key_id, name.grant_id)
    return grant if grant is not None and is_of(grant, view.key(account, key_id)) else None


def grants_in_force(view: StateView, key: Key) -> tuple[Grant, ...]:
    """All grants on the key, in the order of their ids."""
    return tuple(grant for grant in view.grants(key.account, key.key_id, "") if is_of(grant, key))


def grants_for(view: StateView, key: Key, principal: Principal) -> Iterable[Grant]:
    """The grants in force on the key that are given to the principal, its role or its account."""
    name = _Given(key.account, key.key_id, principal)
    known: tuple[Grant, ...] | None = view.derived.get(name)
    if known is None:
        known = view.derived[name] = tuple(islice(_read(view, key, principal), REMEMBERED + 1))
    return known if len(known) <= REMEMBERED else _read(view, key, principal)


def _read(view: StateView, key: Key, principal: Principal) -> Iterator[Grant]:
    for grantee in _grantees(principal):
        for grant in view.grants_to(key.account, key.key_id, grantee, ""):
            if is_of(grant, key):
                yield grant


def _grantees(principal: Principal) -> tuple[str, ...]:
    """The names under which a grant may speak of the principal."""
    account = (account_root(principal.account),) if principal.account else ()
    role = (principal.role_arn,) if principal.role_arn else ()
    return principal.arn, *role, *(name for name in account if name != principal.arn)


class Retiring(Enum):
    """What lets a principal retire a grant."""

    NAMED = "the grant names it"
    ACCOUNT = "its account may, and says by its own policies who does"
    NOTHING = "nothing"


def retiring(grant: Grant, principal: Principal) -> Retiring:
    """Source: AWS KMS Developer Guide, "Retiring and revoking grants". The account of the key may always."""
    named = {grant.retiring_principal, grant.retiring_service_principal}
    if RETIRE_GRANT in grant.operations:
        named.add(grant.grantee)
    if not named.isdisjoint({principal.arn, principal.role_arn or principal.arn}):
        return Retiring.NAMED
    accounts = {account_root(grant.account), account_root(grant.issuing_account), *named}
    return Retiring.ACCOUNT if account_root(principal.account) in accounts else Retiring.NOTHING
