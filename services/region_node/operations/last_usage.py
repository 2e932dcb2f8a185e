"""GetKeyLastUsage."""

from services.region_node.operations import rules
from services.region_node.operations.resolve import arn_of, resolve_key
from services.region_node.operations.types.last_usage import (
    GetKeyLastUsageRequest,
    GetKeyLastUsageResponse,
    KeyLastUsageData,
)
from services.region_node.requests.call import Call


def get_key_last_usage(call: Call, request: GetKeyLastUsageRequest) -> GetKeyLastUsageResponse:
    """A use of an earlier replica of the same id is none of this key's."""
    key = resolve_key(call, request.key_id, rules.GET_KEY_LAST_USAGE)
    used = call.uses.last_use(arn_of(call, key))
    last_usage = KeyLastUsageData()
    if used is not None and used.time >= key.created_at:
        last_usage = KeyLastUsageData(used.operation, used.time / 1000, used.event_id, used.request_id)
    since = max(call.uses.tracking_since(), key.created_at)
    return GetKeyLastUsageResponse(key.key_id, last_usage, since / 1000, key.created_at / 1000)
