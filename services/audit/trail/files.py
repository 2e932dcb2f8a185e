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
from services.audit.trail.segment import fact, open_to_read, segments_in

OPEN_MOST = 400
"""Segments: a hundred million entries."""


class OpenSegment(NamedTuple):
    """`runs` as of now; those of a sealed segment are so for ever."""

    first: int
    connection: sqlite3.Connection
    runs: Sequence[Run]
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
        listed = segments_in(self._directory)
        for path in self._open.keys() - {path for _, path in listed}:
            self._close(path)
        with self._snapshots([self._segment(first, path) for first, path in listed]) as segments:
            yield segments

    def containing(self, ordinal: int) -> tuple[int, sqlite3.Connection | None]:
        """Ordinal of the first frame that there is, and the segment in which that with `ordinal` stands, if any."""
        listed = segments_in(self._directory)
        place = bisect_right(listed, ordinal, key=lambda segment: segment[0]) - 1
        earliest = listed[0][0] if listed else 1
        return earliest, self._segment(*listed[place]).connection if place >= 0 else None

    def latest_first(self) -> Iterator[sqlite3.Connection]:
        for first, path in reversed(segments_in(self._directory)):
            yield self._segment(first, path).connection

    def _segment(self, first: int, path: Path) -> OpenSegment:
        known = self._open.get(path)
        if known is None or not known.sealed:
            connection = open_to_read(path) if known is None else known.connection
            sealed = fact(connection, "sealed") is not None
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
