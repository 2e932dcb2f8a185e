"""The file of a node's usage: its layout, and how it is opened.

Owns an SQLite file beside the trail. It follows from the trail for as long as that reaches back, and from nothing else:
what is older is lost with it. Times are milliseconds since 1970, hours are counted from then.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from services.durable_file import PRIVATE_DIRECTORY, PRIVATE_FILE
from services.sqlite_file import opened

FORM: Final = 1
BUSY_SECONDS: Final = 5.0
_SCHEMA: Final = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chains(name TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subjects(
    id INTEGER PRIMARY KEY, account TEXT, key TEXT, principal TEXT, operation TEXT, outcome TEXT, detail TEXT,
    UNIQUE(key, account, principal, operation, outcome, detail));
CREATE TABLE IF NOT EXISTS tallies(
    hour INTEGER, subject INTEGER, uses INTEGER, requests INTEGER, last INTEGER, PRIMARY KEY(subject, hour)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tallies_by_hour ON tallies(hour);
CREATE TABLE IF NOT EXISTS last_uses(
    key TEXT PRIMARY KEY, operation TEXT, time INTEGER, request_id TEXT, event_id TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS grant_uses(grant_id TEXT PRIMARY KEY, calls INTEGER, last INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hits(
    test TEXT, key TEXT, principal TEXT, source_address TEXT, operation TEXT,
    calls INTEGER, first INTEGER, last INTEGER, PRIMARY KEY(test, key, principal, source_address, operation)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lives(
    arn TEXT PRIMARY KEY, account TEXT, spec TEXT, manager TEXT, created_at INTEGER, rotations TEXT,
    ended_at INTEGER, seen_at INTEGER) WITHOUT ROWID;
COMMIT;
"""


class UsageUnavailable(Exception):
    """The usage of the node cannot be opened, read or written now. The message names the file."""


def usage_file(trail_directory: Path) -> Path:
    """Where the usage lies that is counted from the trail in that directory."""
    return trail_directory.with_name("usage") / "usage.sqlite"


def open_to_write(path: Path, now: int) -> sqlite3.Connection:
    """Made where it is not there; counting begins `now` then. Errors: UsageUnavailable."""
    with faults_of(path, "opened"):
        path.parent.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        path.touch(mode=PRIVATE_FILE)
        with opened(path, "rw", BUSY_SECONDS) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")  # what a power cut takes is counted again from the trail
            connection.executescript(_SCHEMA)
            facts = (("form", FORM), ("cursor", 0), ("since", now), ("grants_since", now))
            connection.executemany("INSERT OR IGNORE INTO facts VALUES(?, ?)", facts)
            _require_this_version(connection, path)
    return connection


def open_to_read(path: Path) -> sqlite3.Connection:
    """Errors: UsageUnavailable, also where nothing has been counted yet."""
    with faults_of(path, "opened"), opened(path, "ro", BUSY_SECONDS) as connection:
        _require_this_version(connection, path)
    return connection


@contextmanager
def faults_of(path: Path, doing: str) -> Iterator[None]:
    """Whatever fails within is told of the file: it cannot be opened, read or written (`doing`)."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise UsageUnavailable(f"{path} cannot be {doing}: {error}") from error


def _require_this_version(connection: sqlite3.Connection, path: Path) -> None:
    if fact(connection, "form") > FORM:
        raise UsageUnavailable(f"{path} was written by a later version")


def fact(connection: sqlite3.Connection, name: str) -> int:
    """A number of the table of facts; 0 where there is none. Errors: sqlite3.Error."""
    row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    if row is None:
        return 0
    try:
        return int(row[0])
    except (ValueError, TypeError) as error:
        raise sqlite3.DatabaseError(f"the fact {name} is no number") from error
