"""What happens when a key is to go, and when its time has come.

Owns the decisions about deletion. It belongs to one region: each replica goes by itself, and a primary waits until the
last of them is gone. What goes is said to the peers, so that the family knows its members.
Source: AWS KMS Developer Guide, "Deleting AWS KMS keys" and "Deleting multi-Region keys".
"""

from shared.decision import Decision, StateView
from shared.errors import InvalidKeyState
from shared.events import AliasDeleted, KeyDeleted, KeyDeletionCanceled, KeyDeletionScheduled
from shared.keys.commands import CancelKeyDeletion, KeyName, ScheduleKeyDeletion
from shared.keys.decide_sharing import own_aliases
from shared.keys.lifecycle import require
from shared.keys.lookup import arn_of, held_key
from shared.keys.model import PENDING_DELETION, Key
from shared.keys.times import days


def schedule_key_deletion(command: ScheduleKeyDeletion, view: StateView) -> Decision:
    """Errors: NotFound, InvalidKeyState."""
    key = held_key(view, command.key)
    require("ScheduleKeyDeletion", key, arn_of(command.key))
    waits = key.primary_region == command.key.region and bool(key.replica_regions)
    due_at = None if waits else command.now + days(command.window_days)
    return Decision((KeyDeletionScheduled(key.account, key.key_id, command.window_days, due_at),))


def cancel_key_deletion(command: CancelKeyDeletion, view: StateView) -> Decision:
    """Errors: NotFound, InvalidKeyState, also for a key whose time has come: it may be half gone."""
    key = held_key(view, command.key)
    require("CancelKeyDeletion", key, arn_of(command.key))
    if deletion_is_due(key, command.now):
        raise InvalidKeyState(f"{arn_of(command.key)} is being deleted.")
    return Decision((KeyDeletionCanceled(key.account, key.key_id),))


def deletion_is_due(key: Key, now: int) -> bool:
    """Whether the waiting period of `key` is over."""
    due_at = key.deletion.due_at if key.deletion is not None else None
    return key.state == PENDING_DELETION and due_at is not None and due_at <= now


def is_last(key: Key, region: str) -> bool:
    """Whether the whole key goes with what `region` has of it.

    A replica that was made the primary while it was going has others beside it: they stay.
    """
    return key.primary_region in (None, region) and not key.replica_regions


def delete_key(name: KeyName, view: StateView) -> Decision:
    """The end of a key whose deletion is due, and with it of its aliases. Errors: NotFound."""
    key = held_key(view, name)
    deleted = KeyDeleted(key.account, key.key_id, name.region, is_last(key, name.region))
    gone = tuple(AliasDeleted(key.account, alias) for alias in own_aliases(view, key))
    return Decision((deleted, *gone), (deleted,) if key.is_multi_region else ())
