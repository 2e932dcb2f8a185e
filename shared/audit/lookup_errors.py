"""The refusals of CloudTrail's operations: a branch of the tree in `shared/errors.py`.

Owns their AWS codes and remedies. Source: the AWS CloudTrail API reference, "Errors" of LookupEvents and
ListPublicKeys.
"""

from shared.errors import KeytideError


class LookupRefused(KeytideError):
    """What the questions to the audit trail refuse besides the general errors."""


class InvalidLookupAttributes(LookupRefused):
    """No attribute by which events are found, or more than one."""

    code = "InvalidLookupAttributesException"
    remedy = "Give one attribute: EventId, EventName, ReadOnly, Username, ResourceType, ResourceName, EventSource, …"


class InvalidTimeRange(LookupRefused):
    """The time range ends before it begins, or lies where no time is."""

    code = "InvalidTimeRangeException"
    remedy = "Give StartTime before EndTime."


class InvalidMaxResults(LookupRefused):
    """More, or fewer, events at once than there may be."""

    code = "InvalidMaxResultsException"
    remedy = "Ask for 1 to 50 events at once, and for more with NextToken."


class InvalidNextToken(LookupRefused):
    """The token is not one that the same question was answered with."""

    code = "InvalidNextTokenException"
    remedy = "Begin again without NextToken, or repeat the question of which it came."


class InvalidToken(LookupRefused):
    """ListPublicKeys gives no tokens."""

    code = "InvalidTokenException"
    remedy = "Leave NextToken out: all keys are told at once."


class InvalidEventCategory(LookupRefused):
    """A category of events that there is not."""

    code = "InvalidEventCategoryException"
    remedy = "Leave EventCategory out for management events."


class TrailNotReady(LookupRefused):
    """The node cannot read its audit trail now."""

    code = "InternalFailure"
    retryable = True
    remedy = "Retry; see the node's log for why its audit trail cannot be read."
