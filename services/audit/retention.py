"""How long this node keeps entries: by age and by size, in whole segments, the oldest first.

Owns that decision and its order: what is dropped is written into the books before its file goes. Nothing is dropped
that no signed digest covers, or that would leave nothing of the trail; so the proof of what was dropped is kept, and
what is left is proven as before. Nothing grows old by this node's clock alone where other regions cosign digests: a
clock that is ahead by months would drop what its auditors still need.
"""

import logging
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from services.audit.proof.books_taker import last_witnessed
from services.audit.settings import AuditSettings
from services.audit.trail.books import TrailBooks
from services.audit.trail.forms import DroppedSegment
from services.audit.trail.segment import open_to_read, segments_in
from services.durable_file import sync_directory
from shared.audit.frame import decode_frame, head_of
from shared.audit.verification import DroppedChain

BY_AGE: Final = "age"
BY_SIZE: Final = "size"
DAY_MILLISECONDS: Final = 24 * 3600 * 1000
GIGABYTE: Final = 1_000_000_000

log = logging.getLogger(__name__)

Covered = Callable[[], Mapping[str, int]]
"""Of each chain, up to which entry signed digests vouch for it."""


class Segment(NamedTuple):
    """`size` in bytes, `latest` of its entries in milliseconds."""

    first: int
    path: Path
    size: int
    latest: int


class Retention:
    """Of one trail. `now` gives milliseconds since 1970; `has_peers`: whether other regions cosign its digests."""

    def __init__(
        self,
        directory: Path,
        settings: AuditSettings,
        books: TrailBooks,
        covered: Covered,
        now: Callable[[], int],
        *,
        has_peers: bool,
    ) -> None:
        self._directory, self._settings, self._books = directory, settings, books
        self._covered, self._now, self._has_peers = covered, now, has_peers

    def drop(self) -> int:
        """Drop what is too old or too much. Returns how many segments. Errors: sqlite3.Error, OSError."""
        dropped = 0
        while (due := due_segment(self._segments(), self._settings, self._old_by())) is not None:
            segment, reason = due
            told = self._told(segment, reason)
            if not is_covered(told, self._covered()):
                break
            self._books.add_dropped(told)
            _remove(segment.path)
            log.info("entries were dropped", extra={"first": told.first, "last": told.last, "reason": reason})
            dropped += 1
        return dropped

    def _old_by(self) -> int:
        """By which time things have grown old: with peers, the latest of theirs at most. A forged one adds nothing."""
        return min(self._now(), last_witnessed(self._books)) if self._has_peers else self._now()

    def _segments(self) -> list[Segment]:
        """The sealed ones."""
        found = segments_in(self._directory)[:-1]
        return [Segment(first, path, path.stat().st_size, _latest(path)) for first, path in found]

    def _told(self, segment: Segment, reason: str) -> DroppedSegment:
        connection = open_to_read(segment.path)
        try:
            ((last,),) = connection.execute("SELECT max(ordinal) FROM frames")
            ((entries, earliest, latest),) = connection.execute("SELECT count(*), min(time), max(time) FROM entries")
            chains = tuple(_chains(connection))
        finally:
            connection.close()
        times = (earliest or 0, latest or 0)
        return DroppedSegment(segment.first, last, *times, entries, chains, self._now(), reason)


def due_segment(segments: list[Segment], settings: AuditSettings, now: int) -> tuple[Segment, str] | None:
    """The oldest segment, and why it has to go; None while it may stay. `segments`: the sealed ones, in order."""
    if not segments:
        return None
    if _is_older(segments, now - settings.kept_days * DAY_MILLISECONDS, now):
        return segments[0], BY_AGE
    if sum(segment.size for segment in segments) > settings.kept_gigabytes * GIGABYTE:
        return segments[0], BY_SIZE
    return None


def _is_older(segments: list[Segment], than: int, now: int) -> bool:
    """Whether all in the first segment is. A time that is to come is of a wrong clock: then what came later tells."""
    first, *later = segments
    return first.latest < than if first.latest <= now else any(segment.latest < than for segment in later)


def is_covered(segment: DroppedSegment, covered: Mapping[str, int]) -> bool:
    """Whether signed digests vouch for every entry in it."""
    return all(chain.last <= covered.get(chain.chain, 0) for chain in segment.chains)


def _latest(path: Path) -> int:
    connection = open_to_read(path)
    try:
        latest: int = connection.execute("SELECT coalesce(max(latest), 0) FROM runs").fetchone()[0]
    finally:
        connection.close()
    return latest


def _chains(connection: sqlite3.Connection) -> list[DroppedChain]:
    """The edges of each chain in the segment."""
    question = (
        "SELECT chains.name, edge.first, edge.last, "
        "(SELECT frame FROM frames WHERE chain = edge.chain AND first = edge.first), "
        "(SELECT frame FROM frames WHERE chain = edge.chain AND last = edge.last) "
        "FROM (SELECT chain, min(first) AS first, max(last) AS last FROM frames GROUP BY chain) AS edge "
        "JOIN chains ON chains.id = edge.chain ORDER BY chains.name"
    )
    return [
        DroppedChain(name, first, last, decode_frame(begin).previous, head_of(decode_frame(end)).digest)
        for name, first, last, begin, end in connection.execute(question)
    ]


def _remove(path: Path) -> None:
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    sync_directory(path.parent)
