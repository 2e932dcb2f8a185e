"""Times in questions to the audit trail: seconds since 1970, as AWS's clients send them."""

from shared.audit.lookup_errors import InvalidTimeRange
from shared.times import LAST_SECOND


def milliseconds(seconds: float | None) -> int | None:
    """Errors: InvalidTimeRange."""
    if seconds is None:
        return None
    if not 0 <= seconds <= LAST_SECOND:
        raise InvalidTimeRange("A time lies outside the range of possible values.")
    return int(seconds * 1000)


def require_order(start: int | None, end: int | None) -> None:
    """Errors: InvalidTimeRange."""
    if start is not None and end is not None and start > end:
        raise InvalidTimeRange("StartTime must not be later than EndTime.")
