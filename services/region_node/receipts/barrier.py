"""Barrier: wait until regions have adopted a change, and prove that they have."""

from cryptography.exceptions import InvalidSignature

from replication.records.change_position import ChangePosition
from services.region_node.authorization.permission import require_in_account
from services.region_node.receipts.types import BarrierRequest, BarrierResponse, ReachedRegion
from services.region_node.requests.call import Call
from shared.errors import ValidationFailed
from shared.peer_errors import NotReachedYet

ACTION = "keytide:Barrier"
DEFAULT_SECONDS = 10


async def barrier(call: Call, request: BarrierRequest) -> BarrierResponse:
    """Errors: AccessDenied, ValidationFailed, NotReachedYet, DependencyTimeout."""
    require_in_account(call, ACTION)
    position = _own_position(call, request.position)
    regions = _known_regions(call, request.regions)
    seconds = request.timeout_seconds or DEFAULT_SECONDS
    reached = await call.barrier(position, regions, seconds)
    if reached.lacking:
        because = f" ({reached.reason})" if reached.reason else ""
        raise NotReachedYet(f"Not reached within {seconds} seconds: {', '.join(reached.lacking)}{because}.")
    delays = tuple(ReachedRegion(region, delay) for region, delay in sorted(reached.delays.items()))
    return BarrierResponse(request.position, reached.receipt, delays)


def _own_position(call: Call, text: str) -> ChangePosition:
    try:
        position = call.read_position(text)
    except (ValueError, InvalidSignature):
        raise ValidationFailed("Position is not one that the header x-keytide-position has told.") from None
    if position.region != call.region:
        raise ValidationFailed(f"The change was made in {position.region}; ask that region.")
    return position


def _known_regions(call: Call, named: tuple[str, ...] | None) -> tuple[str, ...]:
    known = {*call.vault.peer_regions(), call.region}
    unknown = sorted(set(named or ()) - known)
    if unknown:
        raise ValidationFailed(f"This region knows no region {unknown[0]}; it knows {', '.join(sorted(known))}.")
    return tuple(sorted(known if named is None else set(named)))
