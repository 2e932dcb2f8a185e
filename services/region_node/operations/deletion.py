"""ScheduleKeyDeletion, CancelKeyDeletion. What happens when the time has come is the matter of `due.py`."""

from services.region_node.operations import rules
from services.region_node.operations.resolve import arn_of, resolve_name
from services.region_node.operations.types.deletion import (
    CancelKeyDeletionRequest,
    CancelKeyDeletionResponse,
    ScheduleKeyDeletionRequest,
    ScheduleKeyDeletionResponse,
)
from services.region_node.requests.call import Call
from shared.errors import InternalFailure, ValidationFailed
from shared.keys import commands
from shared.keys.decide_deletion import cancel_key_deletion, schedule_key_deletion
from shared.keys.lookup import held_key

SHORTEST_WINDOW_DAYS = 7
LONGEST_WINDOW_DAYS = 30
"""Narrower than the service model's own limits (AWS KMS API reference, ScheduleKeyDeletion)."""


async def schedule_deletion(call: Call, request: ScheduleKeyDeletionRequest) -> ScheduleKeyDeletionResponse:
    window_days = _window(request.pending_window_in_days)
    name = resolve_name(call, request.key_id, rules.SCHEDULE_KEY_DELETION)
    command = commands.ScheduleKeyDeletion(name, window_days, call.now)
    await call.change(lambda view: schedule_key_deletion(command, view))
    key = held_key(call.latest(), name)
    if key.deletion is None:
        raise InternalFailure("The deletion was cancelled before it could be answered; describe the key.")
    due_at = key.deletion.due_at
    deletion_date = None if due_at is None else due_at / 1000
    return ScheduleKeyDeletionResponse(arn_of(call, key), deletion_date, key.state or "", key.deletion.window_days)


def _window(days: int | None) -> int:
    if days is None:
        return LONGEST_WINDOW_DAYS
    if not SHORTEST_WINDOW_DAYS <= days <= LONGEST_WINDOW_DAYS:
        raise ValidationFailed(
            f"PendingWindowInDays must be between {SHORTEST_WINDOW_DAYS} and {LONGEST_WINDOW_DAYS} days."
        )
    return days


async def cancel_deletion(call: Call, request: CancelKeyDeletionRequest) -> CancelKeyDeletionResponse:
    name = resolve_name(call, request.key_id, rules.CANCEL_KEY_DELETION)
    command = commands.CancelKeyDeletion(name, call.now)
    await call.change(lambda view: cancel_key_deletion(command, view))
    return CancelKeyDeletionResponse(arn_of(call, held_key(call.latest(), name)))
