"""The audit trail of a region as this node keeps it: every frame that has arrived, found by number and by attribute.

Owns the reading end, for any process of the node. The auditor alone writes (`writer.py`).
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TypeVar

from services.audit.trail.books import TrailBooks
from services.audit.trail.files import OpenSegment, TrailFiles
from services.audit.trail.forms import (
    ArrivedFrame,
    Dropped,
    DroppedSegment,
    Found,
    Hole,
    Place,
    Query,
    TrailUnavailable,
)
from services.audit.trail.keys import key_of_query
from services.audit.trail.search import LAST, Bounds, Source, newest_first, recent_source, run_source
from services.audit.trail.segment import fact
from shared.audit.attributes import EVENT_ID, Attribute, attributes_of
from shared.audit.entry import AuditEntry, NotAnEntry, accounts_of, decode_entry
from shared.audit.frame import ChainHead, Frame, NotAFrame, decode_frame, entry_id

FRAMES_REMEMBERED = 16
_DAMAGED = (NotAFrame, LookupError, TypeError, ValueError)
"""What reading rows meets that the auditor has not written so: missing, short, or of another type."""

Answer = TypeVar("Answer")


class Trail:
    """Opened once in a process, for one thread at a time. A directory that is not there yet is an empty trail.

    Errors of all methods: TrailUnavailable.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._files, self._books = TrailFiles(directory), TrailBooks(directory)

    def close(self) -> None:
        self._files.close()
        self._books.close()

    def frames(self, after: int, limit: int) -> Sequence[ArrivedFrame]:
        """Frames that have arrived after the one with that ordinal, at least one if there is one. Errors: Dropped."""
        return self._told(lambda: self._frames(after, limit))

    def heads(self) -> Mapping[str, ChainHead]:
        """Of every chain, also of those whose entries have been dropped."""
        return self._told(self._heads)

    def last_ordinal(self) -> int:
        """Of the frame that has arrived last; 0 before the first."""
        return self._told(lambda: next((int(fact(at, "next") or 1) - 1 for at in self._files.latest_first()), 0))

    def lookup(self, query: Query) -> Sequence[Found]:
        """Newest first: by time, then by arrival."""
        return self._told(lambda: self._lookup(query))

    def digests(self, after: int) -> Sequence[tuple[int, bytes]]:
        """Number and signed bytes."""
        return self._told(lambda: self._books.digests(after))

    def last_digest(self) -> tuple[int, bytes] | None:
        """Number and signed bytes; None before the first."""
        return self._told(self._books.last_digest)

    def cosignatures(self, number: int) -> Sequence[bytes]:
        return self._told(lambda: self._books.cosignatures(number))

    def dropped(self) -> Sequence[DroppedSegment]:
        """What retention has dropped, the earliest first."""
        return self._told(self._books.dropped)

    def holes(self) -> Sequence[Hole]:
        """What this node has never got."""
        return self._told(self._books.holes)

    def _told(self, question: Callable[[], Answer]) -> Answer:
        try:
            try:
                return question()
            except (sqlite3.Error, OSError, TrailUnavailable):
                return question()  # a segment may have been dropped between its listing and its opening
        except (sqlite3.Error, OSError, *_DAMAGED) as error:
            raise TrailUnavailable(f"the audit trail in {self._directory} cannot be read: {error}") from error

    def _frames(self, after: int, limit: int) -> Sequence[ArrivedFrame]:
        first, segment = self._files.containing(after + 1)
        if after + 1 < first:
            raise Dropped(first)
        if segment is None:
            return ()
        question = "SELECT ordinal, frame FROM frames WHERE ordinal > ? ORDER BY ordinal LIMIT ?"
        rows = segment.execute(question, (after, limit))
        return [ArrivedFrame(ordinal, decode_frame(frame)) for ordinal, frame in rows]

    def _heads(self) -> Mapping[str, ChainHead]:
        for newest in self._files.latest_first():
            rows = newest.execute("SELECT name, number, digest FROM chains")
            return {name: ChainHead(number, digest) for name, number, digest in rows}
        return {}

    def _lookup(self, query: Query) -> Sequence[Found]:
        with self._files.all() as segments:
            return list(islice(_search(segments, query), query.limit))


def _search(segments: Sequence[OpenSegment], query: Query) -> Iterator[Found]:
    start, end = _bound(query.start, 0), _bound(query.end, LAST)
    bounds = Bounds(start, end, query.after or Place(LAST, 0, 0))
    sources = [
        (segment.connection, source)
        for segment in segments
        for source in _sources(segment, key_of_query(query.account, query.attribute), bounds)
    ]
    frame_at = lru_cache(FRAMES_REMEMBERED)(_frame)
    for number, place in newest_first([source for _, source in sources]):
        found = _found(frame_at(sources[number][0], place.ordinal), place, query)
        if found is not None:
            yield found


def _bound(time: int | None, otherwise: int) -> int:
    """A client may ask for times that no index can hold."""
    return otherwise if time is None else min(max(time, -1), LAST)


def _sources(segment: OpenSegment, key: bytes | None, bounds: Bounds) -> Iterator[Source]:
    latest = min(bounds.end, bounds.before.time)
    for run in segment.runs:
        if run.latest >= bounds.start and run.earliest <= latest:
            yield run_source(segment.connection, run, key, bounds)
    recent = None if segment.sealed else recent_source(segment.connection, key, bounds)
    if recent is not None:
        yield recent


def _frame(connection: sqlite3.Connection, ordinal: int) -> Frame:
    row = connection.execute("SELECT frame FROM frames WHERE ordinal = ?", (ordinal,)).fetchone()
    if row is None:
        raise LookupError(f"frame {ordinal} is missing")
    return decode_frame(row[0])


def _found(frame: Frame, place: Place, query: Query) -> Found | None:
    """None where the entry is another than was asked for, with the same key in the index."""
    try:
        entry = decode_entry(frame.entries[place.within])
    except NotAnEntry:
        return None
    accounts, leaf, number = accounts_of(entry), frame.leaves[place.within], frame.first + place.within
    if query.account is not None and query.account not in accounts:
        return None
    copies = accounts if query.account is None else (query.account,)
    events = (entry_id(leaf, frame.chain, number, copy) for copy in copies)
    if query.attribute is not None and not _has(entry, query.attribute, events):
        return None
    account = query.account or next(iter(accounts), "")
    return Found(place, entry, frame.chain, number, leaf, account)


def _has(entry: AuditEntry, attribute: Attribute, events: Iterable[str]) -> bool:
    name, value = attribute
    return value in events if name == EVENT_ID else attribute in attributes_of(entry)
