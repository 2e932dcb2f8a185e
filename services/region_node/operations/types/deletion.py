"""ScheduleKeyDeletion, CancelKeyDeletion."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.operations.types.common import KeyIdentifierText
from services.region_node.operations.types.key_metadata import KeyState
from services.region_node.wire.shapes import Range, Timestamp

PendingWindowInDays: TypeAlias = Annotated[int, Range(1, 365)]


class ScheduleKeyDeletionRequest(NamedTuple):
    key_id: KeyIdentifierText
    pending_window_in_days: PendingWindowInDays | None = None


class ScheduleKeyDeletionResponse(NamedTuple):
    """`deletion_date` is None while a primary waits for its replicas."""

    key_id: KeyIdentifierText
    deletion_date: Timestamp | None
    key_state: KeyState
    pending_window_in_days: PendingWindowInDays


class CancelKeyDeletionRequest(NamedTuple):
    key_id: KeyIdentifierText


class CancelKeyDeletionResponse(NamedTuple):
    key_id: KeyIdentifierText
