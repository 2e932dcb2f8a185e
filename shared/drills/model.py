"""What a region knows of the last drill that it passed.

Owns `Recovery`, immutable and encoded by position: fields are only appended, with defaults. Times are milliseconds.
"""

from typing import NamedTuple


class Recovery(NamedTuple):
    """See `RecoveryProven`."""

    scenario: str
    report: str
    proven_at: int
