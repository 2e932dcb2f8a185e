"""How a time reads."""

import pytest

from shared.times import LAST_SECOND, instant


def test_a_time_is_told_in_utc() -> None:
    assert instant(1_700_000_000_999) == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize("beyond", [1, 1_000, 10**18])
def test_what_lies_beyond_the_last_second_reads_as_the_last(beyond: int) -> None:
    assert instant(LAST_SECOND * 1000) == "9999-12-31T23:59:59Z"
    assert instant(LAST_SECOND * 1000 + beyond) == "9999-12-31T23:59:59Z"
