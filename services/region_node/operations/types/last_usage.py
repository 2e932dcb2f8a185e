"""GetKeyLastUsage."""

from typing import Annotated, NamedTuple

from services.region_node.operations.types.common import KeyIdentifierText
from services.region_node.wire.shapes import Choice, Timestamp
from shared.usage.operations import CRYPTOGRAPHIC_USES


class GetKeyLastUsageRequest(NamedTuple):
    key_id: KeyIdentifierText


class KeyLastUsageData(NamedTuple):
    """Empty where the key has not been used since its tracking began."""

    operation: Annotated[str, Choice(CRYPTOGRAPHIC_USES)] | None = None
    timestamp: Timestamp | None = None
    cloud_trail_event_id: str | None = None
    kms_request_id: str | None = None


class GetKeyLastUsageResponse(NamedTuple):
    key_id: KeyIdentifierText
    key_last_usage: KeyLastUsageData
    tracking_start_date: Timestamp
    key_creation_date: Timestamp
