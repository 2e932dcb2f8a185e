"""Looking entries up in a segment, newest first.

Owns the sources of candidates: each run of a segment, and its recent entries. A source tells the time of its latest
entry, so that a search begins only with those that it needs, and hands out places in descending order. A candidate has
the key that is looked for; whether it is what was asked for is to be seen from its entry.
"""

import json
import sqlite3
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from services.audit.trail.forms import Place
from services.audit.trail.runs import NUMBER_TYPE

AT_A_TIME = 50
LAST = 1 << 62


class Bounds(NamedTuple):
    """Times, both inclusive; and the place before which the search begins."""

    start: int
    end: int
    before: Place


class Run(NamedTuple):
    """Numbers and times, first and last."""

    first: int
    last: int
    earliest: int
    latest: int


class Source(NamedTuple):
    """`latest`: no place of it has a later time. `places` in descending order."""

    latest: int
    places: Callable[[], Iterator[Place]]


def runs_of(connection: sqlite3.Connection) -> Sequence[Run]:
    return [Run(*row) for row in connection.execute("SELECT first, last, earliest, latest FROM runs")]


def run_source(connection: sqlite3.Connection, run: Run, key: bytes | None, bounds: Bounds) -> Source:
    return Source(min(run.latest, bounds.end), lambda: _of_run(connection, run, key, bounds))


def recent_source(connection: sqlite3.Connection, key: bytes | None, bounds: Bounds) -> Source | None:
    """None where there are none."""
    latest = connection.execute("SELECT max(time) FROM recent").fetchone()[0]
    return None if latest is None else Source(min(latest, bounds.end), lambda: _of_recent(connection, key, bounds))


def _of_recent(connection: sqlite3.Connection, key: bytes | None, bounds: Bounds) -> Iterator[Place]:
    question = "SELECT time, ordinal, place FROM recent WHERE time BETWEEN ? AND ?"
    values: tuple[object, ...] = (bounds.start, bounds.end)
    if key is not None:
        question, values = f"{question} AND instr(keys, ?)", (*values, key)
    places = [Place(*row) for row in connection.execute(question, values)]
    return iter(sorted((place for place in places if place < bounds.before), reverse=True))


def _of_run(connection: sqlite3.Connection, run: Run, key: bytes | None, bounds: Bounds) -> Iterator[Place]:
    numbers = _numbers(connection, run, key)
    end = _first_beyond(connection, run, numbers, bounds)
    for upper in range(end, 0, -AT_A_TIME):
        chosen = numbers[max(0, upper - AT_A_TIME) : upper]
        rows = _places(connection, [run.first + number for number in chosen])
        for place in reversed(rows):
            if place.time < bounds.start:
                return
            yield place


def _numbers(connection: sqlite3.Connection, run: Run, key: bytes | None) -> Sequence[int]:
    """Counted from the run's first, in ascending order."""
    if key is None:
        return range(run.last - run.first + 1)
    row = connection.execute("SELECT numbers FROM postings WHERE run = ? AND key = ?", (run.first, key)).fetchone()
    return array(NUMBER_TYPE, row[0] if row is not None else b"")


def _first_beyond(connection: sqlite3.Connection, run: Run, numbers: Sequence[int], bounds: Bounds) -> int:
    """So many of the numbers lie within `end` and before the place where the search begins."""
    if run.latest <= bounds.end and run.latest < bounds.before.time:
        return len(numbers)
    low, high = 0, len(numbers)
    while low < high:
        middle = (low + high) // 2
        (place,) = _places(connection, [run.first + numbers[middle]])
        if place.time <= bounds.end and place < bounds.before:
            low = middle + 1
        else:
            high = middle
    return low


def _places(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[Place]:
    question = (
        "SELECT time, ordinal, place FROM entries WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number"
    )
    return [Place(*row) for row in connection.execute(question, (json.dumps(numbers),))]


def newest_first(sources: Sequence[Source]) -> Iterator[tuple[int, Place]]:
    """The places of all, in descending order, with the number of the source of each."""
    unbegun = sorted(range(len(sources)), key=lambda number: sources[number].latest)
    begun: dict[int, Iterator[Place]] = {}
    heads: dict[int, Place] = {}
    while unbegun or heads:
        while unbegun and (not heads or sources[unbegun[-1]].latest >= max(heads.values()).time):
            number = unbegun.pop()
            begun[number] = sources[number].places()
            _advance(heads, begun, number)
        if heads:
            number = max(heads, key=heads.__getitem__)
            yield number, heads.pop(number)
            _advance(heads, begun, number)


def _advance(heads: dict[int, Place], begun: Mapping[int, Iterator[Place]], number: int) -> None:
    place = next(begun[number], None)
    if place is not None:
        heads[number] = place
