"""The segments of a trail, as a reader has them open.

Owns the connections: opened when they are needed, kept, and closed once a segment was dropped. Which segments there
are is looked up at every question, for another process makes and drops them.
"""

import sqlite3
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from services.audit.trail.search import Run, runs_of
from services.audit.trail.segment import open_to_read, segments_in

OPEN_MOST = 400
"""Segments: a hundred million entries."""


class OpenSegment(NamedTuple):
    """`runs` as of now; those of a sealed segment are so for ever."""

    first: int
    connection: sqlite3.Connection
    runs: Sequence[Run]
    sealed: bool


class _Listed(NamedTuple):
    first: int
    path: Path
    sealed: bool


class TrailFiles:
    """Errors of all methods: TrailUnavailable, sqlite3.Error."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._open: OrderedDict[Path, OpenSegment] = OrderedDict()

    def close(self) -> None:
        for path in tuple(self._open):
            self._close(path)

    @contextmanager
    def all(self) -> Iterator[Sequence[OpenSegment]]:
        """All segments, the latest last, as they are at one moment."""
        listed = self._listed()
        for path in self._open.keys() - {each.path for each in listed}:
            self._close(path)
        with self._snapshots([self._segment(each) for each in listed]) as segments:
            yield segments

    def containing(self, ordinal: int) -> tuple[int, sqlite3.Connection | None]:
        """Ordinal of the first frame that there is, and the segment in which that with `ordinal` stands, if any."""
        listed = self._listed()
        place = bisect_right(listed, ordinal, key=lambda segment: segment.first) - 1
        earliest = listed[0].first if listed else 1
        return earliest, self._segment(listed[place]).connection if place >= 0 else None

    def latest_first(self) -> Iterator[sqlite3.Connection]:
        for listed in reversed(self._listed()):
            yield self._segment(listed).connection

    def _listed(self) -> Sequence[_Listed]:
        """All, the latest last; that one alone may grow."""
        segments = segments_in(self._directory)
        return [_Listed(first, path, number < len(segments)) for number, (first, path) in enumerate(segments, 1)]

    def _segment(self, listed: _Listed) -> OpenSegment:
        first, path, sealed = listed
        known = self._open.get(path)
        if known is None or not known.sealed:
            connection = open_to_read(path, sealed) if known is None else known.connection
            known = self._open[path] = OpenSegment(first, connection, runs_of(connection), sealed)
            self._close_one_too_many()
        self._open.move_to_end(path)
        return known

    @contextmanager
    def _snapshots(self, segments: Sequence[OpenSegment]) -> Iterator[Sequence[OpenSegment]]:
        """What the auditor does to the newest meanwhile is not seen."""
        growing = [segment for segment in segments if not segment.sealed]
        for segment in growing:
            segment.connection.execute("BEGIN")
        try:
            fresh = {segment.first: segment._replace(runs=runs_of(segment.connection)) for segment in growing}
            yield [fresh.get(segment.first, segment) for segment in segments]
        finally:
            for segment in growing:
                segment.connection.execute("COMMIT")

    def _close_one_too_many(self) -> None:
        if len(self._open) > OPEN_MOST:
            self._close(next(iter(self._open)))

    def _close(self, path: Path) -> None:
        self._open.pop(path).connection.close()
