"""Times as they are given and shown at the command line."""

from datetime import UTC, datetime

from shared.policy.typed_values import date
from shared.times import FIRST_SECOND, LAST_SECOND


def shown(milliseconds: int) -> str:
    """ISO 8601, in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read(text: str) -> int | None:
    """Milliseconds since 1970 of a time in ISO 8601 (UTC, unless it says its zone) or in seconds; None for no time.

    What lies beyond the calendar is none.
    """
    seconds = date(text)
    return int(seconds * 1000) if seconds is not None and FIRST_SECOND <= seconds <= LAST_SECOND else None
