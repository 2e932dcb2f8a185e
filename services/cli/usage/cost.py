"""`keytide cost`: what a month of keys and requests would cost at AWS, or at prices of one's own.

Owns what the bill is made of, and how it is told: to a person, the totals by what was asked for; as JSON, every line.
"""

from argparse import Namespace
from collections.abc import Sequence
from typing import NamedTuple

import orjson

from services.cli.columns import lines as columns
from services.cli.faults import CannotStart
from services.cli.printing import print_lines
from services.cli.usage.known_usage import KnownUsage, known_usage
from services.cli.usage.price_file import prices_in
from services.clock import now_milliseconds
from services.usage.lives_round import lives_in
from services.usage.usage_reader import UsageReader
from shared.cost.bill import FIELDS, Line, bill, forecast, total, totals_by
from shared.cost.key_life import KeyLife
from shared.cost.month import Month, month_named, month_of
from shared.cost.prices import MICRO, UNCONFIRMED, Prices
from shared.keys.times import MILLISECONDS_PER_HOUR
from shared.times import instant

STRAIGHT_LINE = "a straight line: requests as often as so far, keys as they are now"
FIRST_MONTH = month_named("2020-01")
_NOBODY = "(keeping keys)"
_NO_KEY = "(no key)"


class Told(NamedTuple):
    """`since`: when counting began, in milliseconds since 1970."""

    regions: Sequence[str]
    month: Month
    prices: Prices
    since: int
    so_far: Sequence[Line]
    expected: Sequence[Line]

    @property
    def lacks(self) -> bool:
        """Whether requests of the month may be missing."""
        return self.since >= self.month.start * MILLISECONDS_PER_HOUR


def main(arguments: Namespace) -> int:
    """0: told. Errors: CannotStart."""
    prices, now = prices_in(arguments.prices), now_milliseconds()
    month: Month = arguments.month or month_of(now)
    _require_known(month, month_of(now))
    known = known_usage(arguments.directory, arguments.regions)
    asked = known.tallies(month.start, month.end), lives_known(known, now), month, now // MILLISECONDS_PER_HOUR, prices
    since = min([told for _, told in known.each(UsageReader.since)], default=now)
    told = Told(known.regions, month, prices, since, bill(*asked), forecast(*asked, since // MILLISECONDS_PER_HOUR))
    if arguments.json:
        print(orjson.dumps(_document(told)).decode())
    else:
        print_lines(_lines(told, arguments.by))
    return 0


def _require_known(month: Month, present: Month) -> None:
    """Nothing was counted in a month before there was anything, nor is it in one that has not begun."""
    if not FIRST_MONTH.start <= month.start <= present.start:
        raise CannotStart(f"--month: must be from {FIRST_MONTH.name} to the present one, {present.name}")


def lives_known(known: KnownUsage, now: int) -> list[KeyLife]:
    """Those of living keys as the states tell them now; of keys that are gone, as they were seen last."""
    remembered = {life.arn: life for _, lives in known.each(lambda reader: reader.lives()) for life in lives}
    living = known.views(lambda settings, view: list(lives_in(view, settings.region, now)))
    present = {life.arn: life for _, lives in living for life in lives}
    looked_at = {arn.split(":")[3] for arn in present} | {region for region, _ in known.views(lambda *_: True)}
    gone = {arn: life for arn, life in remembered.items() if arn not in present}
    return [*present.values(), *(_ended(life, now, life.arn.split(":")[3] in looked_at) for life in gone.values())]


def _ended(life: KeyLife, now: int, surely_gone: bool) -> KeyLife:
    return life._replace(ended_at=now) if surely_gone and life.ended_at is None else life


def _document(told: Told) -> dict[str, object]:
    so_far = told.so_far
    return {
        "month": told.month.name,
        "regions": told.regions,
        "prices": {**told.prices._asdict(), "unit": "micro-dollars", "unconfirmed": UNCONFIRMED},
        "total_micro_dollars": total(so_far),
        "forecast_micro_dollars": total(told.expected),
        "forecast": STRAIGHT_LINE,
        "requests_known_since": instant(told.since) if told.lacks else None,
        "by": {field: totals_by(so_far, field) for field in FIELDS},
        "lines": [line._asdict() for line in so_far],
    }


def _lines(told: Told, by: str) -> list[str]:
    so_far, expected = told.so_far, told.expected
    nothing, later = _NOBODY if by == "principal" else _NO_KEY, totals_by(expected, by)
    ordered = sorted(totals_by(so_far, by).items(), key=lambda row: -row[1])
    sums = [(name or nothing, amount, later.get(name, 0)) for name, amount in ordered]
    rows = [
        {by: name, "so_far": dollars(amount), "month": dollars(whole)}
        for name, amount, whole in (*sums, ("total", total(so_far), total(expected)))
    ]
    return [
        f"{told.month.name} (UTC), {', '.join(told.regions)}; prices: {told.prices.source}",
        *columns(rows),
        f"The column month is a forecast, {STRAIGHT_LINE}.",
        *((f"Requests are known since {instant(told.since)}; what came before is in neither column.",) * told.lacks),
        "AWS's page does not say, and it is taken so:",
        *(f"  {text}" for text in UNCONFIRMED),
    ]


def dollars(micro: int) -> str:
    """All six decimals: totals add up to the last one."""
    return f"${micro // MICRO:,}.{micro % MICRO:06d}"
