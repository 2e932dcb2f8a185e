"""How a time reads."""

import pytest

from shared.times import LAST_SECOND, instant


def test_a_time_is_told_in_utc() -> None:
    assert instant(1_700_000_000_999) == "2023-11-14T22:13:20Z"


def test_the_last_second_is_the_last_that_has_a_text() -> None:
    assert instant(LAST_SECOND * 1000) == "9999-12-31T23:59:59Z"
    with pytest.raises(ValueError, match="year"):
        instant((LAST_SECOND + 1) * 1000)
