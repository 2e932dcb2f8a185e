"""What a month costs, line by line, and what it will have cost at its end.

Owns the lines. Each is a whole number of micro-dollars, and every total is the sum of its lines, so that accounts, keys
and principals add up to the same. Who has called pays for the request, whosever the key is; whoever has the key, for
keeping it. The free requests are the first of the month.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from shared.cost.key_life import KEY, KeyLife, paid_hours
from shared.cost.month import Month
from shared.cost.prices import PER_REQUESTS, SYMMETRIC, Prices, class_of
from shared.usage.tally import DONE, Counted, Tallies


class Line(NamedTuple):
    """`what`: a class of requests, or what is kept of a key. `quantity`: requests, or hours; `free` of them cost
    nothing. `amount` in micro-dollars."""

    account: str
    key: str
    principal: str
    what: str
    quantity: int
    free: int
    amount: int


FIELDS: Final = ("account", "key", "principal")


def bill(tallies: Tallies, lives: Sequence[KeyLife], month: Month, now_hour: int, prices: Prices) -> list[Line]:
    """Everything of the month up to and with the hour `now_hour`."""
    specs = {life.arn: life.spec for life in lives}
    return [*_kept(lives, month, now_hour, prices), *_requested(tallies, specs, month, prices)]


def forecast(
    tallies: Tallies, lives: Sequence[KeyLife], month: Month, now_hour: int, prices: Prices, counted_since: int = 0
) -> list[Line]:
    """The whole month on a straight line: requests go on as often as so far, keys stay as they are now.

    `counted_since`: the hour from which on requests are known; it may lie in the month.
    """
    next_hour = min(now_hour + 1, month.end)
    elapsed, left = max(next_hour - max(month.start, counted_since), 1), month.end - next_hour
    scaled = {
        counted: count._replace(requests=count.requests * (elapsed + left) // elapsed)
        for counted, count in tallies.items()
        if month.start <= counted.hour < month.end
    }
    return bill(scaled, lives, month, month.end, prices)


def total(lines: Iterable[Line]) -> int:
    """In micro-dollars."""
    return sum(line.amount for line in lines)


def totals_by(lines: Iterable[Line], field: str) -> dict[str, int]:
    """Micro-dollars by one of FIELDS; "" holds what has none, such as keeping a key, which is no principal's."""
    found: dict[str, int] = {}
    for line in lines:
        name = str(getattr(line, field))
        found[name] = found.get(name, 0) + line.amount
    return found


def _kept(lives: Iterable[KeyLife], month: Month, now_hour: int, prices: Prices) -> Iterator[Line]:
    for life in lives:
        for what, hours in paid_hours(life, month, now_hour, prices):
            price = prices.key_month if what == KEY else prices.rotation_month
            yield Line(life.account, life.arn, "", what, hours, 0, price * hours // month.hours)


def _requested(tallies: Tallies, specs: Mapping[str, str], month: Month, prices: Prices) -> Iterator[Line]:
    quantities: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for counted, what, requests, free in _freed(tallies, specs, month, prices):
        name = (counted.account, counted.key, counted.principal, what)
        before = quantities.get(name, (0, 0))
        quantities[name] = (before[0] + requests, before[1] + free)
    for name, (requests, free) in quantities.items():
        yield Line(*name, requests, free, prices.requests[name[-1]] * (requests - free) // PER_REQUESTS)


def _freed(
    tallies: Tallies, specs: Mapping[str, str], month: Month, prices: Prices
) -> Iterator[tuple[Counted, str, int, int]]:
    """What is paid for in the order of its hours: of what class it is, how many requests, and how many are free."""
    left: dict[str, int] = {}
    for counted, count in sorted(tallies.items()):
        if counted.outcome != DONE or not count.requests or not month.start <= counted.hour < month.end:
            continue
        what, free = class_of(counted.operation, specs.get(counted.key, ""), counted.detail), 0
        if what == SYMMETRIC:
            remaining = left.get(counted.account, prices.free_requests)
            free = min(remaining, count.requests)
            left[counted.account] = remaining - free
        yield counted, what, count.requests, free
