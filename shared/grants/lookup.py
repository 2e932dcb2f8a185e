"""Finding grants that are in force, and who may give one up.

Owns the rule that a grant is good for one life of its key alone: a replica that was deleted and made again has none of
the grants of before, also where a grant came into the log at the same moment as the key's end.
"""

from shared.decision import StateView
from shared.grants.commands import GrantName
from shared.grants.model import Grant
from shared.grants.operations import RETIRE_GRANT
from shared.keys.model import Key
from shared.policy.principals import account_root


def is_of(grant: Grant, key: Key | None) -> bool:
    """Whether the grant is in force on `key`, which is the state of the key that it names."""
    return key is not None and key.held_here and grant.key_created_at == key.created_at


def standing_grant(view: StateView, name: GrantName) -> Grant | None:
    """The grant, if it is in force."""
    account, key_id = name.key.account, name.key.key_id
    grant = view.grant(account, key_id, name.grant_id)
    return grant if grant is not None and is_of(grant, view.key(account, key_id)) else None


def lets_retire(grant: Grant, account: str, arn: str) -> bool:
    """Whether the grant itself lets the principal `arn` of `account` retire it.

    Source: AWS KMS Developer Guide, "Retiring and revoking grants". A grant that names an account speaks to all of its
    principals.
    """
    named = [grant.retiring_principal]
    if RETIRE_GRANT in grant.operations:
        named.append(grant.grantee_principal)
    return not {arn, account_root(account)}.isdisjoint(named)
