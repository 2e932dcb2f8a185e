"""The one clock that records and requests are dated by."""

import time


def now_milliseconds() -> int:
    """Integer milliseconds since 1970."""
    return time.time_ns() // 1_000_000
