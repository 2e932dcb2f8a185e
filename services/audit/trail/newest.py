"""The newest segment of the trail, as its one writer has it.

Owns what is written and when it becomes a run, or a new segment. What frames mean is for `writer.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from services.audit.trail.chains import Chain
from services.audit.trail.runs import make_run
from services.audit.trail.segment import (
    RUN_ENTRIES,
    SEGMENT_ENTRIES,
    fact,
    make_segment,
    open_to_read,
    open_to_write,
    segments_in,
    set_fact,
)
from shared.audit.frame import ChainHead, Frame

RecentRow = tuple[int, int, int, bytes]
"""Time, ordinal, place in the frame, keys."""


class SegmentSizes(NamedTuple):
    """So many entries are looked through without an index, and so many stand in one file."""

    run: int = RUN_ENTRIES
    segment: int = SEGMENT_ENTRIES


class NewestSegment:
    """Errors of all methods: sqlite3.Error, TrailUnavailable, OSError; what was begun is undone then."""

    def __init__(self, directory: Path, sizes: SegmentSizes) -> None:
        self._directory, self._sizes = directory, sizes
        segments = segments_in(directory)
        self._use(segments[-1][1] if segments else make_segment(directory, 1, None))

    def _use(self, path: Path) -> None:
        self._connection = open_to_write(path)
        try:
            self.reload()
        except BaseException:
            self._connection.close()
            raise

    def reload(self) -> None:
        """Know what is committed, and nothing else."""
        self.next = int(fact(self._connection, "next") or 1)
        (self._recent,) = self._connection.execute("SELECT count(*) FROM recent").fetchone()
        (indexed,) = self._connection.execute("SELECT count(*) FROM entries").fetchone()
        self._entries = indexed + self._recent

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is written within is there whole or not at all."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            set_fact(self._connection, "next", self.next)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self.reload()
            raise

    def chains(self) -> dict[str, Chain]:
        rows = self._connection.execute("SELECT name, id, number, digest, passed, origin FROM chains")
        return {
            name: Chain(number, ChainHead(last, digest), bool(passed), origin)
            for name, number, last, digest, passed, origin in rows
        }

    def put_chains(self, chains: Mapping[str, Chain]) -> None:
        rows = [(chain.number, name, *chain.head, chain.passed, chain.origin) for name, chain in chains.items()]
        self._connection.executemany("INSERT OR REPLACE INTO chains VALUES(?, ?, ?, ?, ?, ?)", rows)

    def fact(self, name: str) -> int | str | None:
        return fact(self._connection, name)

    def set_fact(self, name: str, value: int | str) -> None:
        set_fact(self._connection, name, value)

    def keep(self, chain: int, frame: Frame, signed: bytes, rows: Sequence[RecentRow]) -> None:
        """The next frame, with what its entries are found by."""
        place = (self.next, chain, frame.first, frame.last, signed)
        self._connection.execute("INSERT INTO frames VALUES(?, ?, ?, ?, ?)", place)
        self._connection.executemany("INSERT INTO recent VALUES(?, ?, ?, ?)", rows)
        self._recent += len(rows)
        self._entries += len(rows)
        self.next += 1

    def frame_at(self, chain: int, number: int) -> bytes | None:
        """The archived frame that holds that entry of the chain; None where it is a hole, or was dropped."""
        question = "SELECT last, frame FROM frames WHERE chain = ? AND first <= ? ORDER BY first DESC LIMIT 1"
        row = self._connection.execute(question, (chain, number)).fetchone()
        for _, path in reversed(segments_in(self._directory)[:-1]):
            if row is not None:
                break
            with closing(open_to_read(path)) as older:
                row = older.execute(question, (chain, number)).fetchone()
        return row[1] if row is not None and row[0] >= number else None

    def wait(self, frame: Frame, signed: bytes, now: int) -> None:
        """Keep a frame until those before it have come."""
        values = (frame.chain, frame.first, signed, now)
        self._connection.execute("INSERT OR IGNORE INTO waiting VALUES(?, ?, ?, ?)", values)

    def take_waiting(self, chain: str, most: int | None = None) -> bytes | None:
        """The first frame of the chain that waits, if it begins with entry `most` or before. It waits no more."""
        row = self._connection.execute(
            "SELECT first, frame FROM waiting WHERE chain = ? AND first <= ? ORDER BY first LIMIT 1",
            (chain, 1 << 62 if most is None else most),
        ).fetchone()
        if row is None:
            return None
        self._connection.execute("DELETE FROM waiting WHERE chain = ? AND first = ?", (chain, row[0]))
        return bytes(row[1])

    def waiting(self, since: int = 1 << 62) -> list[str]:
        """Chains of which a frame has waited since then, or longer."""
        rows = self._connection.execute("SELECT DISTINCT chain FROM waiting WHERE since <= ?", (since,))
        return [name for (name,) in rows]

    def grow(self) -> None:
        """Index the recent entries, and begin a new segment, where there are enough."""
        if self._recent >= self._sizes.run:
            with self.transaction():
                make_run(self._connection)
            self._recent = 0
        if self._entries >= self._sizes.segment:
            self._begin_another()

    def _begin_another(self) -> None:
        with self.transaction():
            make_run(self._connection)
            set_fact(self._connection, "sealed", 1)
        path = make_segment(self._directory, self.next, self._connection)
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()
        self._use(path)
