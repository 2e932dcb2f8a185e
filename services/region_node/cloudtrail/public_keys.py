"""ListPublicKeys: what the digest files of this region were signed with.

Owns the checks of the question. All keys are one page: a region has few.
"""

from services.audit.trail.forms import TrailUnavailable
from services.region_node.cloudtrail.times import milliseconds, require_order
from services.region_node.cloudtrail.types import ListPublicKeysRequest, ListPublicKeysResponse, PublicKey
from services.region_node.requests.call import Call
from services.region_node.worker.threads import Weight
from shared.audit.lookup_errors import InvalidToken, TrailNotReady


async def list_public_keys(call: Call, request: ListPublicKeysRequest) -> ListPublicKeysResponse:
    """Errors: InvalidTimeRange, InvalidToken; TrailNotReady."""
    start, end = milliseconds(request.start_time), milliseconds(request.end_time)
    require_order(start, end)
    if request.next_token is not None:
        raise InvalidToken("NextToken is not one that this question was answered with.")
    try:
        keys = await call.threads.run(Weight.SLOW, call.trail.public_digest_keys)
    except TrailUnavailable as fault:
        raise TrailNotReady(f"The audit trail of region {call.region} cannot be read now.") from fault
    return ListPublicKeysResponse(
        tuple(
            PublicKey(key.public, key.start / 1000, key.end / 1000, key.fingerprint)
            for key in keys
            if key.end >= (start or 0) and (end is None or key.start <= end)
        )
    )
