"""The index of a trail against its frames: whoever asks is answered from the index alone, and nothing signs it.

Owns what must be there: a row of every entry that can be read, under all its keys, and none besides. Entries that an
older version could not read are in no index, and are told as well. So are heads behind which the trail goes on with a
chain where its last frame does not end.
"""

import sqlite3
from array import array
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from services.audit.trail.forms import Place, TrailUnavailable
from services.audit.trail.keys import keys_of
from services.audit.trail.runs import NUMBER_TYPE, postings_of
from services.audit.trail.search import Run, runs_of
from services.audit.trail.segment import fact, open_to_read, segments_in
from shared.audit.entry import AuditEntry, NotAnEntry, decode_entry
from shared.audit.findings import Finding, Kind
from shared.audit.frame import ChainHead, Frame, NotAFrame, decode_frame, entry_id, head_of

RECENT: Final = -1
"""In the place of a number: the row is among the recent ones."""
NUMBERS_MOST: Final = 65_536
"""Of one run, by its form."""
Indexed = dict[tuple[int, int], tuple[int, int]]
"""Ordinal and place in the frame -> time, and number or RECENT."""


def index_findings(directory: Path) -> Iterator[Finding]:
    """Of the trail there. A file that cannot be read is told by the check of its frames."""
    for _, path in segments_in(directory):
        try:
            with closing(open_to_read(path)) as segment:
                segment.execute("BEGIN")  # what the auditor writes meanwhile is not seen
                yield from _Segment(segment, path.name).findings()
        except (sqlite3.Error, TrailUnavailable, TypeError, ValueError) as fault:
            if path.exists():
                yield _told(f"the index in {path.name} cannot be read: {fault}")


class _Segment:
    """One file. Keys are compared run by run, so that those of one run are in memory at a time."""

    def __init__(self, segment: sqlite3.Connection, name: str) -> None:
        self._segment, self._name = segment, name
        self._runs = sorted(runs_of(segment))
        self._keys: dict[int, dict[int, bytes]] = {run.first: {} for run in self._runs}
        self._run_of: dict[int, Run] = {}

    def findings(self) -> Iterator[Finding]:
        """Of rows that are twice, the entry; of those of no entry, where they point."""
        indexed: Indexed = {}
        heads: dict[str, ChainHead] = {}
        yield from self._rows_of_runs(indexed)
        yield from self._rows_of_recent(indexed)
        for ordinal, encoded in self._segment.execute("SELECT ordinal, frame FROM frames ORDER BY ordinal"):
            try:
                frame = decode_frame(encoded)
            except (NotAFrame, TypeError):
                continue  # told by the check of the frames
            heads[frame.chain] = head_of(frame)
            yield from self._frame(frame, ordinal, indexed)
        yield from self._heads(heads)
        for run in self._runs:
            yield from self._postings(run)
        for ordinal, within in indexed:
            yield _told(f"it has a row of frame {ordinal}, entry {within + 1} in it, which is not there ({self._name})")

    def _rows_of_runs(self, indexed: Indexed) -> Iterator[Finding]:
        question = "SELECT number, time, ordinal, place FROM entries WHERE number BETWEEN ? AND ? ORDER BY number"
        counted = 0
        for run in self._runs:
            rows = self._segment.execute(question, (run.first, run.last)).fetchall()
            counted += len(rows)
            places = [Place(*row[1:]) for row in rows]
            edges = (places[0].time, places[-1].time) if places else None
            whole = len(rows) == run.last - run.first + 1 and edges == (run.earliest, run.latest)
            if not whole or places != sorted(places):
                yield _told(f"run {run.first} is not in the order of time, or has other edges ({self._name})")
            for number, time, ordinal, within in rows:
                yield from self._twice(indexed, ordinal, within)
                indexed[ordinal, within] = (time, number)
                self._run_of[number] = run
        if counted != self._segment.execute("SELECT count(*) FROM entries").fetchone()[0]:
            yield _told(f"it has numbers of no run, or of two ({self._name})")

    def _rows_of_recent(self, indexed: Indexed) -> Iterator[Finding]:
        rows = self._segment.execute("SELECT time, ordinal, place FROM recent").fetchall()
        if rows and fact(self._segment, "sealed") is not None:
            yield _told(f"{len(rows)} entries are not looked through, for the file is said to be sealed ({self._name})")
        for time, ordinal, within in rows:
            yield from self._twice(indexed, ordinal, within)
            indexed[ordinal, within] = (time, RECENT)
        self._recent = {
            (ordinal, within): keys
            for ordinal, within, keys in self._segment.execute("SELECT ordinal, place, keys FROM recent")
        }

    def _twice(self, indexed: Indexed, ordinal: int, within: int) -> Iterator[Finding]:
        if (ordinal, within) in indexed:
            yield _told(f"it has two rows of frame {ordinal}, entry {within + 1} in it ({self._name})")

    def _frame(self, frame: Frame, ordinal: int, indexed: Indexed) -> Iterator[Finding]:
        for within, encoded in enumerate(frame.entries[: len(frame.leaves)]):
            try:
                entry = decode_entry(encoded)
            except NotAnEntry:
                continue
            keys = keys_of(entry, frame.leaves[within], frame.chain, frame.first + within)
            row = indexed.pop((ordinal, within), None)
            why = "the index lacks it" if row is None else self._against(row, entry, (ordinal, within), keys)
            if why:
                yield _of_entry(frame, within, entry, f"{why} ({self._name})")

    def _against(self, row: tuple[int, int], entry: AuditEntry, place: tuple[int, int], keys: bytes) -> str:
        time, number = row
        if number == RECENT:
            wrong = self._recent[place] != keys
        else:
            self._keys[self._run_of[number].first][number] = keys
            wrong = False
        if time != entry.time:
            return "the index has another time of it"
        return "the index lacks it under some of its keys, or has others" if wrong else ""

    def _heads(self, heads: Mapping[str, ChainHead]) -> Iterator[Finding]:
        """`heads`: of the chains whose frames are here, by the last of them."""
        for name, number, digest in self._segment.execute("SELECT name, number, digest FROM chains ORDER BY name"):
            if heads.get(name, (number, digest)) != (number, digest):
                what = f"the chain goes on behind entry {number}, which is not its last one, or with another head"
                yield Finding(Kind.INDEX, name, heads[name].number, heads[name].number, f"{what} ({self._name})")

    def _postings(self, run: Run) -> Iterator[Finding]:
        keys = self._keys.pop(run.first)
        last = min(run.last, run.first + NUMBERS_MOST - 1)
        wanted = postings_of([keys.get(number, b"") for number in range(run.first, last + 1)])
        for key, numbers in self._segment.execute("SELECT key, numbers FROM postings WHERE run = ?", (run.first,)):
            there, expected = array(NUMBER_TYPE, numbers), wanted.pop(key, array(NUMBER_TYPE))
            if there != expected:
                yield self._of_key(run, key, set(expected) ^ set(there))
        for key, expected in wanted.items():
            yield self._of_key(run, key, set(expected))

    def _of_key(self, run: Run, key: bytes, numbers: set[int]) -> Finding:
        """Where entries are lacking, or too many, the first of them tells the place."""
        first = run.first + min(numbers, default=0)
        row = self._segment.execute("SELECT ordinal, place FROM entries WHERE number = ?", (first,)).fetchone()
        where = f"frame {row[0]}, entry {row[1] + 1} in it" if row else f"number {first}"
        return _told(f"under key {key.hex()} the index lacks entries, or has others: {where}, first ({self._name})")


def _of_entry(frame: Frame, within: int, entry: AuditEntry, what: str) -> Finding:
    number = frame.first + within
    return Finding(
        Kind.INDEX, frame.chain, number, number, what, entry.time, entry_id(frame.leaves[within], frame.chain, number)
    )


def _told(what: str) -> Finding:
    return Finding(Kind.INDEX, "", 0, 0, what)
