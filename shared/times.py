"""How a time reads, and the first and the last one that there are.

Owns the one text of an instant, in CloudTrail's events, in policies and for people, and the ends of the calendar.
"""

from datetime import UTC, datetime

FIRST_SECOND = -62_135_596_800
"""Of the year 1, in seconds since 1970."""
LAST_SECOND = 253_402_300_799
"""Of the year 9999, in seconds since 1970: later dates cannot be written (RFC 3339)."""


def instant(milliseconds: int) -> str:
    """ISO 8601 in UTC, to the second. `milliseconds` since 1970; what lies beyond the calendar reads as its end."""
    seconds = min(max(milliseconds // 1000, FIRST_SECOND), LAST_SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat() + "Z"
