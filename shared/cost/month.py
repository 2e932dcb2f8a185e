"""A month of the calendar, in UTC, as hours since 1970."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from shared.keys.times import MILLISECONDS_PER_HOUR

MONTH_PATTERN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
MONTHS = 12


class Month(NamedTuple):
    """`end` is the first hour of the next one."""

    name: str
    start: int
    end: int

    @property
    def hours(self) -> int:
        return self.end - self.start


def month_named(name: str) -> Month:
    """`2026-11`. Errors: ValueError."""
    matched = MONTH_PATTERN.fullmatch(name)
    if matched is None:
        raise ValueError(f"{name!r} is no month; one looks like 2026-11")
    year, number = int(matched[1]), int(matched[2])
    return Month(name, _first_hour(year, number), _first_hour(year + number // MONTHS, number % MONTHS + 1))


def month_of(now: int) -> Month:
    """The one that `now`, in milliseconds since 1970, is in."""
    return month_named(datetime.fromtimestamp(now / 1000, UTC).strftime("%Y-%m"))


def _first_hour(year: int, number: int) -> int:
    return int(datetime(year, number, 1, tzinfo=UTC).timestamp()) * 1000 // MILLISECONDS_PER_HOUR
