"""What happens when somebody wants a grant made or gone.

Owns the decisions about grants. None rests on more than the grant's own stream: thousands may be made on one key at
once. A grant that comes into the log just after its key went has no effect, whatever became of the key since
(`shared/grants/lookup.py`).
Source: AWS KMS Developer Guide, "Grants in AWS KMS".
"""

import re
from itertools import islice

from shared.decision import Decision, StateView
from shared.errors import InvalidGrantId, NotFound
from shared.grants.commands import CreateGrant, GrantName
from shared.grants.events import GrantCreated, GrantRetired, GrantRevoked
from shared.grants.lookup import standing_grant
from shared.grants.naming import named_grant_id
from shared.grants.quota import require_room
from shared.grants.terms import checked, require_fit
from shared.identifiers import key_stream
from shared.keys.commands import KeyName
from shared.keys.lifecycle import require
from shared.keys.lookup import arn_of, held_key

BATCH = 500
"""Grants that one record revokes when a key goes: some 130 KiB of it."""
_GRANT_ID = re.compile(r"[0-9a-f]{64}")


def create_grant(command: CreateGrant, view: StateView) -> Decision:
    """Nothing happens where a grant of the same name says the same: the answer is its id.

    Errors: ValidationFailed, InvalidArn, NotFound, KeyDisabled, InvalidKeyState, LimitExceeded.
    """
    terms = checked(command.terms)
    key = held_key(view, command.key)
    require("CreateGrant", key, arn_of(command.key))
    require_fit(terms, key)
    created = GrantCreated(
        account=key.account,
        key_id=key.key_id,
        grant_id=command.grant_id,
        key_created_at=key.created_at,
        issuing_account=command.issuing_account,
        **terms._asdict(),
    )
    if created.name:
        created = created._replace(grant_id=named_grant_id(view, command.key.region, created))
    if view.grant(key.account, key.key_id, created.grant_id) is not None:
        return Decision((), answer=created.grant_id)
    require_room(view, key, command.grants_per_key)
    return Decision((created,), answer=created.grant_id)


def retire_grant(name: GrantName, view: StateView) -> Decision:
    """Errors: InvalidGrantId, NotFound. Whether the caller may, `lookup.lets_retire` says."""
    _require_standing(view, name)
    return Decision((GrantRetired(name.key.account, name.key.key_id, name.grant_id),))


def revoke_grant(name: GrantName, view: StateView) -> Decision:
    """Errors: InvalidGrantId, NotFound."""
    _require_standing(view, name)
    return Decision((GrantRevoked(name.key.account, name.key.key_id, name.grant_id),))


def revoke_grants_of(name: KeyName, view: StateView) -> Decision:
    """The end of the next `BATCH` grants of a key that goes; no events once none is left, of any life of the key.

    It rests on the key, so that a deletion that is cancelled takes no more of them.
    """
    ids = islice(view.grant_ids(name.account, name.key_id, ""), BATCH)
    revoked = tuple(GrantRevoked(name.account, name.key_id, grant_id) for grant_id in ids)
    return Decision(revoked, rests_on=(key_stream(name.account, name.key_id),) if revoked else ())


def require_grant_id(text: str) -> None:
    """Errors: InvalidGrantId."""
    if _GRANT_ID.fullmatch(text) is None:
        raise InvalidGrantId(f"{text} is not a valid grant ID.")


def _require_standing(view: StateView, name: GrantName) -> None:
    require_grant_id(name.grant_id)
    if standing_grant(view, name) is None:
        raise NotFound(f"Grant ID {name.grant_id} of key '{arn_of(name.key)}' is not found.")
