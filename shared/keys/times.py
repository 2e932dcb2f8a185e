"""Days and milliseconds. Owns the conversion (the API counts windows and periods in days, events in milliseconds) and
which periods there are.
"""

MILLISECONDS_PER_MINUTE = 60 * 1000
MILLISECONDS_PER_HOUR = 60 * MILLISECONDS_PER_MINUTE
MILLISECONDS_PER_DAY = 24 * MILLISECONDS_PER_HOUR
ROTATION_PERIODS = range(90, 2561)
"""Days between automatic rotations. Source: AWS KMS API reference, EnableKeyRotation."""


def days(count: int) -> int:
    """`count` days in milliseconds."""
    return count * MILLISECONDS_PER_DAY
