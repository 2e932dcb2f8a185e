"""How a time reads, and the last one that there is.

Owns the one text of an instant, in CloudTrail's events, in policies and for people, and the end of the calendar.
"""

from datetime import UTC, datetime

LAST_SECOND = 253_402_300_799
"""Of the year 9999, in seconds since 1970: later dates cannot be written (RFC 3339)."""


def instant(milliseconds: int) -> str:
    """ISO 8601 in UTC, to the second. `milliseconds` since 1970."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
