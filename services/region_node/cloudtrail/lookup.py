"""LookupEvents: what has happened in the caller's account in this region, newest first.

Owns the checks of the question, in CloudTrail's words, and the form of its answer. How far back it reaches is the
node's retention. Insight events there are none.
"""

from collections.abc import Sequence

import orjson

from services.audit.telling import told_of
from services.audit.trail.forms import Found, Place, Query, TrailUnavailable
from services.region_node.cloudtrail.times import milliseconds, require_order
from services.region_node.cloudtrail.types import Event, LookupEventsRequest, LookupEventsResponse, Resource
from services.region_node.operations.pagination import list_scope, marker_of, read_marker
from services.region_node.requests.call import Call
from services.region_node.worker.threads import Weight
from shared.audit.attributes import LOOKUP_ATTRIBUTES, Attribute, caller_name
from shared.audit.cloudtrail import resource_type
from shared.audit.entry import time_of
from shared.audit.lookup_errors import (
    InvalidEventCategory,
    InvalidLookupAttributes,
    InvalidMaxResults,
    InvalidNextToken,
    TrailNotReady,
)
from shared.errors import InvalidMarker

MOST_RESULTS = 50
INSIGHT = "insight"


async def lookup_events(call: Call, request: LookupEventsRequest) -> LookupEventsResponse:
    """Errors: InvalidLookupAttributes, InvalidTimeRange, InvalidMaxResults, InvalidNextToken, InvalidEventCategory;
    TrailNotReady."""
    attribute, limit = _attribute(request), _limit(request.max_results)
    start, end = milliseconds(request.start_time), milliseconds(request.end_time)
    require_order(start, end)
    if request.event_category not in (None, INSIGHT):
        raise InvalidEventCategory(f"EventCategory must be {INSIGHT}, where it is given.")
    scope = list_scope(call, "LookupEvents", repr((attribute, start, end)))
    after = None if request.next_token is None else _place(scope, request.next_token)
    if request.event_category == INSIGHT:
        return LookupEventsResponse(())
    # One more than asked for tells whether there are more. A whole second is asked for: AWS's clients send no less.
    query = Query(call.caller.account, start, None if end is None else end + 999, attribute, limit + 1, after)
    found = await call.threads.run(Weight.SLOW, lambda: _looked_up(call, query))
    shown = found[:limit]
    token = marker_of(scope, ",".join(map(str, shown[-1].place))) if len(found) > limit else None
    return LookupEventsResponse(tuple(_event(call.region, one) for one in shown), token)


def _looked_up(call: Call, query: Query) -> Sequence[Found]:
    try:
        return call.trail.lookup(query)
    except TrailUnavailable as fault:
        raise TrailNotReady(f"The audit trail of region {call.region} cannot be read now.") from fault


def _attribute(request: LookupEventsRequest) -> Attribute | None:
    attributes = request.lookup_attributes or ()
    if len(attributes) > 1:
        raise InvalidLookupAttributes("Only one lookup attribute can be given.")
    for key, value in attributes:
        if key not in LOOKUP_ATTRIBUTES:
            raise InvalidLookupAttributes(f"AttributeKey must be one of {', '.join(LOOKUP_ATTRIBUTES)}.")
        if not value:
            raise InvalidLookupAttributes("AttributeValue must not be empty.")
        return key, value
    return None


def _limit(asked: int | None) -> int:
    if asked is None:
        return MOST_RESULTS
    if not 1 <= asked <= MOST_RESULTS:
        raise InvalidMaxResults(f"MaxResults must be from 1 to {MOST_RESULTS}.")
    return asked


def _place(scope: str, token: str) -> Place:
    try:
        time, ordinal, within = map(int, read_marker(scope, token).split(","))
    except (InvalidMarker, ValueError):
        raise InvalidNextToken("NextToken is not one that this question was answered with.") from None
    return Place(time, ordinal, within)


def _event(region: str, found: Found) -> Event:
    told = told_of(region, found)
    entry = found.entry
    return Event(
        event_id=told["eventID"],
        event_name=entry.operation,
        read_only="false" if entry.changes else "true",
        access_key_id=None if entry.identity is None else entry.identity.access_key_id or None,
        event_time=time_of(entry) / 1000,
        event_source=told["eventSource"],
        username=None if entry.identity is None else caller_name(entry.identity),
        resources=tuple(Resource(resource_type(arn) or "", arn) for arn in entry.resources),
        cloud_trail_event=orjson.dumps(told).decode(),
    )
