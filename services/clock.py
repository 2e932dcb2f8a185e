"""The one clock that records and requests are dated by."""

import time


def now_milliseconds() -> int:
    """Integer milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def boot_seconds() -> float:
    """Seconds since the machine has started, those in which it slept too: `time.monotonic` would not see those."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
