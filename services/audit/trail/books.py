"""The books of the trail: one small SQLite file beside the segments, which retention does not touch.

Owns what the proof rests on, of which nothing is ever dropped: signed digests and their cosignatures, the keys of
delivered digest files, which entries retention has dropped, and which this node has never got. Besides, how often what
was met, and up to where the audit log was read when: of these marks only the ones that are still needed. Written by the
auditor alone.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from services.audit.trail.forms import DroppedSegment, Hole, TrailUnavailable
from services.durable_file import PRIVATE_DIRECTORY
from services.sqlite_file import opened

FILE = "books"
BUSY_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS digests(number INTEGER PRIMARY KEY, signed BLOB);
CREATE TABLE IF NOT EXISTS cosignatures(number INTEGER, signed BLOB, PRIMARY KEY(number, signed)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS digest_keys(number INTEGER PRIMARY KEY, told BLOB);
CREATE TABLE IF NOT EXISTS dropped(first INTEGER PRIMARY KEY, told BLOB);
CREATE TABLE IF NOT EXISTS holes(chain TEXT, first INTEGER, told BLOB, PRIMARY KEY(chain, first)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts(name TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passed(time INTEGER PRIMARY KEY, identity TEXT, position INTEGER);
"""
_write = msgspec.msgpack.Encoder().encode
_read_dropped = msgspec.msgpack.Decoder(DroppedSegment).decode
_read_hole = msgspec.msgpack.Decoder(Hole).decode


class TrailBooks:
    """`write` makes the file where there is none; a reader of a trail that has none yet finds empty books.

    Errors of all methods: sqlite3.Error; TrailUnavailable where the file cannot be opened.
    """

    def __init__(self, directory: Path, *, write: bool = False) -> None:
        self._path = directory / FILE
        self._opened: sqlite3.Connection | None = None
        if write:
            directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            with _opened(self._path, "rw") as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
                connection.executescript(_SCHEMA)
            self._opened = connection

    def digests(self, after: int, limit: int = -1) -> Sequence[tuple[int, bytes]]:
        """`limit` below 0: all."""
        return self._all("SELECT number, signed FROM digests WHERE number > ? ORDER BY number LIMIT ?", after, limit)

    def cosignatures(self, number: int) -> Sequence[bytes]:
        """Of the digest with that number."""
        return [signed for (signed,) in self._all("SELECT signed FROM cosignatures WHERE number = ?", number)]

    def last_cosignatures(self) -> Sequence[bytes]:
        """Of the last digest that has any."""
        question = "SELECT signed FROM cosignatures WHERE number = (SELECT max(number) FROM cosignatures)"
        return [signed for (signed,) in self._all(question)]

    def dropped(self) -> Sequence[DroppedSegment]:
        """The earliest first."""
        return [_read_dropped(told) for (told,) in self._all("SELECT told FROM dropped ORDER BY first")]

    def holes(self) -> Sequence[Hole]:
        return [_read_hole(told) for (told,) in self._all("SELECT told FROM holes ORDER BY chain, first")]

    def counts(self) -> Mapping[str, int]:
        """What was met since the trail began."""
        return dict(self._all("SELECT name, count FROM counts"))

    def all_cosignatures(self) -> Sequence[bytes]:
        """Of every digest."""
        return [signed for (signed,) in self._all("SELECT signed FROM cosignatures ORDER BY number")]

    def last_digest(self) -> tuple[int, bytes] | None:
        """Number and signed bytes; None before the first."""
        return next(iter(self._all("SELECT number, signed FROM digests ORDER BY number DESC LIMIT 1")), None)

    def digest_keys(self) -> Sequence[bytes]:
        """Of the files that are delivered, the earliest first."""
        return [told for (told,) in self._all("SELECT told FROM digest_keys ORDER BY number")]

    def add_digest_key(self, number: int, told: bytes) -> None:
        """The first of that number counts."""
        self._run("INSERT OR IGNORE INTO digest_keys VALUES(?, ?)", number, told)

    def add_digest(self, number: int, signed: bytes) -> bool:
        """Whether it is the only one of that number: a second, other one is not taken."""
        self._run("INSERT OR IGNORE INTO digests VALUES(?, ?)", number, signed)
        return self._all("SELECT signed FROM digests WHERE number = ?", number) == [(signed,)]

    def add_cosignature(self, number: int, signed: bytes) -> None:
        self._run("INSERT OR IGNORE INTO cosignatures VALUES(?, ?)", number, signed)

    def add_dropped(self, segment: DroppedSegment) -> None:
        self._run("INSERT OR REPLACE INTO dropped VALUES(?, ?)", segment.first, _write(segment))

    def add_hole(self, hole: Hole) -> None:
        self._run("INSERT OR REPLACE INTO holes VALUES(?, ?, ?)", hole.chain, hole.first, _write(hole))

    def count(self, name: str) -> None:
        self._run("INSERT INTO counts VALUES(?, 1) ON CONFLICT DO UPDATE SET count = count + 1", name)

    def mark_passed(self, time: int, identity: str, position: int) -> None:
        """At that time the audit log was read up to there."""
        self._run("INSERT OR REPLACE INTO passed VALUES(?, ?, ?)", time, identity, position)

    def take_passed_before(self, time: int, identity: str) -> int:
        """Up to where the audit log had been read at that time; 0 where that is not known. Earlier marks go."""
        question = "SELECT coalesce(max(position), 0) FROM passed WHERE time <= ? AND identity = ?"
        position: int = self._all(question, time, identity)[0][0]
        self._run("DELETE FROM passed WHERE time <= ? AND position < ?", time, position)
        return position

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _run(self, statement: str, *values: object) -> None:
        if self._opened is None:
            raise sqlite3.ProgrammingError("the books are open for reading only")
        self._opened.execute(statement, values)

    def _all(self, question: str, *values: object) -> list[Any]:
        if self._opened is None:
            if not self._path.exists():
                return []
            with _opened(self._path, "ro") as connection:
                self._opened = connection
        return self._opened.execute(question, values).fetchall()


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    try:
        with opened(path, mode, BUSY_SECONDS) as connection:
            connection.execute("PRAGMA schema_version")  # reads what tells whether it is such a file
            yield connection
    except sqlite3.Error as error:
        raise TrailUnavailable(f"{path} cannot be opened: {error}") from error
