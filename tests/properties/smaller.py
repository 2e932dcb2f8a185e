"""A smaller value that still has what made a greater one interesting."""

from collections.abc import Callable, Iterator
from typing import Any

MOST_TRIALS = 400


def smallest(value: Any, interesting: Callable[[Any], bool]) -> Any:
    """Make a JSON value smaller, step by step, as long as it stays interesting."""
    trials = 0
    going_on = True
    while going_on:
        going_on = False
        for candidate in _smaller(value):
            trials += 1
            if trials > MOST_TRIALS:
                return value
            if interesting(candidate):
                value, going_on = candidate, True
                break
    return value


def _smaller(value: Any) -> Iterator[Any]:
    """Values with one thing less."""
    match value:
        case dict():
            for gone in value:
                yield {name: kept for name, kept in value.items() if name != gone}
            for name, kept in value.items():
                yield from ({**value, name: less} for less in _smaller(kept))
        case list():
            for place, element in enumerate(value):
                yield value[:place] + value[place + 1 :]
                yield from ([*value[:place], less, *value[place + 1 :]] for less in _smaller(element))
        case str() | bytes() if len(value) > 1:
            half = len(value) // 2
            yield from (value[:half], value[half:], value[:-1])
