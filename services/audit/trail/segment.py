"""A segment of the trail: one SQLite file with the frames that have arrived one after the other.

Owns its layout, and how it is made and opened. Its name is the ordinal of its first frame, 16 digits. The newest is
written by the auditor alone, in transactions that hold a batch, the heads of all chains and how far the audit log was
read, so that a crash repeats or loses nothing. A sealed one never changes; in time it is dropped whole.

Entries that have just come stand in `recent` beside their keys (see `keys.py`), and are looked through. From
time to time they become a run: numbered by time in `entries`, with a list of numbers for each key in `postings`. So
nothing is ever inserted into the middle of a large tree.
"""

import re
import sqlite3
from pathlib import Path

from services.audit.trail.forms import TrailUnavailable
from services.durable_file import PRIVATE_DIRECTORY, sync_directory
from services.sqlite_file import opened

FORM = 1
SEGMENT_ENTRIES = 250_000
RUN_ENTRIES = 25_000
SUFFIX = ".segment"
_NAME = re.compile(r"([0-9]{16,18})\.segment")
BUSY_SECONDS = 10.0
WRITER_CACHE, READER_CACHE = 8_000, 500
"""Kilobytes of a connection; a reader has many of them, over files that the system has in memory."""

_SCHEMA = """
CREATE TABLE facts(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE chains(id INTEGER PRIMARY KEY, name TEXT UNIQUE, number INTEGER, digest BLOB, passed INTEGER,
    origin INTEGER);
CREATE TABLE frames(ordinal INTEGER PRIMARY KEY, chain INTEGER, first INTEGER, last INTEGER, frame BLOB);
CREATE INDEX frames_by_chain ON frames(chain, first);
CREATE TABLE recent(time INTEGER, ordinal INTEGER, place INTEGER, keys BLOB);
CREATE TABLE runs(first INTEGER PRIMARY KEY, last INTEGER, earliest INTEGER, latest INTEGER);
CREATE TABLE entries(number INTEGER PRIMARY KEY, time INTEGER, ordinal INTEGER, place INTEGER);
CREATE TABLE postings(run INTEGER, key BLOB, numbers BLOB, PRIMARY KEY(run, key)) WITHOUT ROWID;
CREATE TABLE waiting(chain TEXT, first INTEGER, frame BLOB, since INTEGER, PRIMARY KEY(chain, first)) WITHOUT ROWID;
"""


def segments_in(directory: Path) -> list[tuple[int, Path]]:
    """Ordinal of the first frame, and file; in order. A file with another name is none of the trail's."""
    named = ((_NAME.fullmatch(path.name), path) for path in directory.glob(f"*{SUFFIX}"))
    return sorted((int(name[1]), path) for name, path in named if name is not None)


def segment_file(directory: Path, first: int) -> Path:
    return directory / f"{first:016d}{SUFFIX}"


def make_segment(directory: Path, first: int, before: sqlite3.Connection | None) -> Path:
    """A new segment that goes on after `before`; it is there whole or not at all. Errors: sqlite3.Error, OSError."""
    path = segment_file(directory, first)
    unfinished = path.with_suffix(".creating")
    directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    for left in directory.glob(f"{unfinished.name}*"):
        left.unlink()
    unfinished.touch(mode=0o600)
    made = sqlite3.connect(unfinished, isolation_level=None)
    try:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("PRAGMA synchronous=FULL")
        made.executescript(f"BEGIN;{_SCHEMA}")
        _go_on(made, first, before)
        made.execute("COMMIT")
    finally:
        made.close()
    unfinished.rename(path)
    sync_directory(directory)
    return path


def _go_on(made: sqlite3.Connection, first: int, before: sqlite3.Connection | None) -> None:
    made.executemany("INSERT INTO facts VALUES(?, ?)", (("form", FORM), ("next", first), ("first", first)))
    if before is not None:
        facts = before.execute("SELECT name, value FROM facts WHERE name IN ('identity', 'position', 'skipped')")
        made.executemany("INSERT INTO facts VALUES(?, ?)", facts)
        made.executemany("INSERT INTO chains VALUES(?, ?, ?, ?, ?, ?)", before.execute("SELECT * FROM chains"))
        made.executemany("INSERT INTO waiting VALUES(?, ?, ?, ?)", before.execute("SELECT * FROM waiting"))


def open_to_write(path: Path) -> sqlite3.Connection:
    """Errors: TrailUnavailable."""
    return _opened(path, "rw")


def open_to_read(path: Path, sealed: bool = False) -> sqlite3.Connection:
    """`sealed`: it is known that it never changes again. Errors: TrailUnavailable."""
    return _opened(path, "ro&immutable=1" if sealed and _is_whole(path) else "ro")


def _is_whole(path: Path) -> bool:
    """Whether nothing of it stands in its write-ahead log. SQLite opens such a file, told that it never changes, in a
    third of the time, and asks no lock for a question."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size == 0
    except FileNotFoundError:
        return True


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    try:
        with opened(path, mode, BUSY_SECONDS) as connection:
            if mode == "rw":
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("PRAGMA wal_autocheckpoint=4000")
            connection.execute(f"PRAGMA cache_size=-{WRITER_CACHE if mode == 'rw' else READER_CACHE}")
            (form,) = connection.execute("SELECT value FROM facts WHERE name = 'form'").fetchone()
            if form > FORM:
                raise TrailUnavailable(f"{path} was written by a later version")
    except (sqlite3.Error, TypeError) as error:
        raise TrailUnavailable(f"{path} cannot be opened: {error}") from error
    return connection


def fact(connection: sqlite3.Connection, name: str) -> int | str | None:
    row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def set_fact(connection: sqlite3.Connection, name: str, value: int | str) -> None:
    connection.execute("INSERT OR REPLACE INTO facts VALUES(?, ?)", (name, value))
