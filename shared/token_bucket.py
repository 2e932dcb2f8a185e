"""A token bucket: how many requests a second, on average, and how many at once.

Owns the arithmetic, as a function of state and time. A full bucket holds one second's worth, at least one request.
"""

from typing import NamedTuple

JITTER_MILLISECONDS = 1000


class Bucket(NamedTuple):
    """`tokens`: requests that it still lets through. `time`: when that was so, in milliseconds."""

    tokens: float
    time: int


def full(per_second: float, now: int) -> Bucket:
    return Bucket(max(1.0, per_second), now)


def taken(bucket: Bucket, per_second: float, now: int) -> Bucket | None:
    """The bucket after one more request at `now`, None where it is empty.

    A clock that went back refills nothing, or, by more than a second, all: what waits for that time to come again
    would stop an owner whose bucket was empty for as long.
    """
    elapsed = now - bucket.time
    if elapsed < -JITTER_MILLISECONDS:
        bucket, elapsed = full(per_second, now), 0
    elapsed = max(0, elapsed)
    tokens = min(max(1.0, per_second), bucket.tokens + elapsed * per_second / 1000)
    return Bucket(tokens - 1, now) if tokens >= 1 else None
