"""What happens when somebody wants a grant made or gone.

Owns the decisions about grants. None that stays in its region rests on what another grant changes: thousands may be
made on one key at once. A grant that comes into the log just after its key went has no effect, whatever became of the
key since (`shared/grants/lookup.py`). What all regions hear rests on the key too: who may say it must not change.
Source: AWS KMS Developer Guide, "Grants in AWS KMS".
"""

import re
from itertools import islice

from shared.decision import Decision, StateView
from shared.errors import InvalidGrantId, NotFound
from shared.grants.commands import CreateGrant, GrantName
from shared.grants.events import GrantCreated, GrantRetired, GrantRevoked, GrantShared, SharedGrantEnded
from shared.grants.lookup import standing_grant
from shared.grants.model import Grant
from shared.grants.naming import named_grant_id
from shared.grants.quota import require_room
from shared.grants.terms import checked, require_fit
from shared.identifiers import grant_stream, key_stream, shared_grant_stream
from shared.keys.commands import KeyName
from shared.keys.decide_deletion import is_last
from shared.keys.lifecycle import require
from shared.keys.lookup import arn_of, held_key
from shared.keys.read_only import require_own
from shared.keys.sharing import GRANTS, is_common

BATCH = 500
"""Grants that one record revokes when a key goes: some 130 KiB of it."""
_GRANT_ID = re.compile(r"[0-9a-f]{64}")


def create_grant(command: CreateGrant, view: StateView) -> Decision:
    """Nothing happens where a grant of the same name says the same: the answer is its id.

    Errors: ValidationFailed, InvalidArn, NotFound, KeyDisabled, InvalidKeyState, FollowsPrimary, LimitExceeded.
    """
    terms = checked(command.terms)
    key = held_key(view, command.key)
    require("CreateGrant", key, arn_of(command.key))
    require_own(key, command.key, GRANTS)
    require_fit(terms, key)
    created = GrantCreated(
        account=key.account,
        key_id=key.key_id,
        grant_id=command.grant_id,
        key_created_at=key.grants_life,
        issuing_account=command.issuing_account,
        **terms._asdict(),
    )
    if created.name:
        created = created._replace(grant_id=named_grant_id(view, command.key.region, created))
    if view.grant(key.account, key.key_id, created.grant_id) is not None:
        return Decision((), answer=created.grant_id)
    require_room(view, key, command.grants_per_key)
    name = (created.account, created.key_id, created.grant_id)
    if is_common(key, GRANTS):
        said = _said_to_all(shared_form(created))
        return said._replace(answer=created.grant_id, rests_on=(*said.rests_on, *_twin(created, grant_stream(*name))))
    return Decision((created,), answer=created.grant_id, rests_on=_twin(created, shared_grant_stream(*name)))


def _twin(created: GrantCreated, stream: str) -> tuple[str, ...]:
    """Equal requests before and after the regions come to have grants in common speak of one id in two streams.

    Where both came to stand, the end of the region's own was taken for that of both, and the others kept theirs.
    """
    return (stream,) if created.name else ()


def shared_form(grant: GrantCreated | Grant) -> GrantShared:
    """What all regions hear of a grant; one that stands already keeps its time of creation."""
    return GrantShared(**{name: value for name, value in grant._asdict().items() if name in GrantShared._fields})


def retire_grant(name: GrantName, view: StateView) -> Decision:
    """Errors: InvalidGrantId, NotFound. Whether the caller may, `lookup.retiring` says."""
    account, key_id = name.key.account, name.key.key_id
    # A repeated request may name the grant by its token alone: the answer tells which key it was about.
    if _standing(view, name).shared:
        ended = _said_to_all(SharedGrantEnded(account, key_id, name.grant_id, retired=True))
        return ended._replace(answer=key_id)
    return Decision((GrantRetired(account, key_id, name.grant_id),), answer=key_id)


def revoke_grant(name: GrantName, view: StateView) -> Decision:
    """Errors: InvalidGrantId, NotFound."""
    if _standing(view, name).shared:
        return _said_to_all(SharedGrantEnded(name.key.account, name.key.key_id, name.grant_id))
    return Decision((GrantRevoked(name.key.account, name.key.key_id, name.grant_id),))


def _said_to_all(*events: GrantShared | SharedGrantEnded) -> Decision:
    streams = dict.fromkeys(key_stream(event.account, event.key_id) for event in events)
    return Decision(events, events, rests_on=tuple(streams))


def revoke_grants_of(name: KeyName, view: StateView) -> Decision:
    """The end of the next `BATCH` grants of a key that goes; no events once none is left, of any life of the key.

    It rests on the key, so that a deletion that is cancelled takes no more of them. Grants that all regions have in
    common go with the last of them.
    """
    key = view.key(name.account, name.key_id)
    takes_all = key is not None and is_last(key, name.region)
    going = (grant for grant in view.grants(name.account, name.key_id, "") if takes_all or not grant.shared)
    ended = [_end_with_key(grant) for grant in islice(going, BATCH)]
    shared = tuple(event for event in ended if isinstance(event, SharedGrantEnded))
    return Decision(tuple(ended), shared, rests_on=(key_stream(name.account, name.key_id),) if ended else ())


def _end_with_key(grant: Grant) -> GrantRevoked | SharedGrantEnded:
    ended = SharedGrantEnded if grant.shared else GrantRevoked
    return ended(grant.account, grant.key_id, grant.grant_id)


def require_grant_id(text: str) -> None:
    """Errors: InvalidGrantId."""
    if _GRANT_ID.fullmatch(text) is None:
        raise InvalidGrantId(f"{text} is not a valid grant ID.")


def _standing(view: StateView, name: GrantName) -> Grant:
    require_grant_id(name.grant_id)
    grant = standing_grant(view, name)
    if grant is None:
        raise NotFound(f"Grant ID {name.grant_id} of key '{arn_of(name.key)}' is not found.")
    return grant
