"""Days and milliseconds. Owns the conversion: the API counts windows and periods in days, events in milliseconds."""

MILLISECONDS_PER_DAY = 24 * 60 * 60 * 1000


def days(count: int) -> int:
    """`count` days in milliseconds."""
    return count * MILLISECONDS_PER_DAY
