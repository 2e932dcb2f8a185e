"""Token buckets: what gets through, with a clock that is passed in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.token_bucket import Bucket, full, taken

NOW = 1_790_000_000_000

REFILLS = [
    (1, 1000, 1),
    (1, 999, 0),
    (10, 100, 1),
    (10, 99, 0),
    (10, 1000, 10),
    (10, 60_000, 10),
    (0.5, 2000, 1),
    (0.5, 1999, 0),
    (0.5, 60_000, 1),
    (10_000, 1, 10),
    (10, 0, 0),
    (10, -1000, 0),
    (10, -5000, 10),
]
"""Requests a second, milliseconds since the bucket was emptied, requests that get through then."""


@pytest.mark.parametrize(("per_second", "at_once"), [(0.25, 1), (1, 1), (5, 5), (10_000, 10_000)])
def test_a_full_bucket_lets_one_seconds_worth_through_at_once(per_second: float, at_once: int) -> None:
    assert through(full(per_second, NOW), per_second, NOW) == at_once


@pytest.mark.parametrize(("per_second", "later", "expected"), REFILLS)
def test_an_empty_bucket_fills_with_time_and_never_above_its_brim(per_second: float, later: int, expected: int) -> None:
    assert through(Bucket(0, NOW), per_second, NOW + later) == expected


def test_a_clock_that_went_back_stops_nothing_for_long() -> None:
    bucket = taken(Bucket(2, NOW), 1, NOW - 3_600_000)
    assert bucket is not None
    assert taken(bucket._replace(tokens=0), 1, NOW - 3_600_000 + 1000) is not None


@given(
    per_second=st.integers(1, 50),
    pauses=st.lists(st.integers(0, 2000), min_size=1, max_size=200),
)
def test_no_second_sees_more_than_twice_the_rate(per_second: int, pauses: list[int]) -> None:
    """A full bucket at its beginning, and what flows in until its end."""
    bucket, now, passed = full(per_second, NOW), NOW, list[int]()
    for pause in pauses:
        now += pause
        after = taken(bucket, per_second, now)
        if after is not None:
            bucket = after
            passed.append(now)
    for start in passed:
        assert sum(start <= moment < start + 1000 for moment in passed) <= 2 * per_second


def through(bucket: Bucket, per_second: float, now: int) -> int:
    count, after = 0, taken(bucket, per_second, now)
    while after is not None:
        count, after = count + 1, taken(after, per_second, now)
    return count
