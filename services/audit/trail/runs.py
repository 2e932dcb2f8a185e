"""Runs: recent entries of a segment, sorted and indexed.

Owns how they are made: numbers in the order of time, and for each key the list of its numbers, counted from the run's
first, 2 bytes each. Popular values cost two bytes an entry that way, and one row a run.
"""

import sqlite3
from array import array
from collections import defaultdict
from struct import Struct

from services.audit.trail.keys import KEY_BYTES

NUMBER_TYPE = "H"
"""Unsigned, 2 bytes: a run has fewer than 65,536 entries."""
_KEYS = Struct(f"{KEY_BYTES}s")


def make_run(connection: sqlite3.Connection) -> None:
    """Make a run of all recent entries, in the transaction of the caller."""
    rows = connection.execute("SELECT time, ordinal, place, keys FROM recent ORDER BY time, ordinal, place").fetchall()
    if not rows:
        return
    first = connection.execute("SELECT coalesce(max(last) + 1, 0) FROM runs").fetchone()[0]
    connection.execute("INSERT INTO runs VALUES(?, ?, ?, ?)", (first, first + len(rows) - 1, rows[0][0], rows[-1][0]))
    numbered = [(first + number, time, ordinal, place) for number, (time, ordinal, place, _) in enumerate(rows)]
    connection.executemany("INSERT INTO entries VALUES(?, ?, ?, ?)", numbered)
    postings = sorted(postings_of([row[3] for row in rows]).items())
    connection.executemany(
        "INSERT INTO postings VALUES(?, ?, ?)", ((first, key, numbers.tobytes()) for key, numbers in postings)
    )
    connection.execute("DELETE FROM recent")


def postings_of(rows: list[bytes]) -> dict[bytes, "array[int]"]:
    """For each key its numbers, counted from 0. `rows`: the keys of each, one after the other."""
    lists: defaultdict[bytes, array[int]] = defaultdict(lambda: array(NUMBER_TYPE))
    for number, keys in enumerate(rows):
        for (key,) in _KEYS.iter_unpack(keys):
            lists[key].append(number)
    return lists
