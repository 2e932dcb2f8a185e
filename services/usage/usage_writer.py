"""The writing end of a node's usage: the auditor alone.

Owns that every entry is counted once: how far each chain has been counted stands in the file, and moves in one
transaction with the counts. A trail that begins anew, and brings old frames again, changes nothing.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from services.usage.counting import Counts
from services.usage.usage_file import UsageUnavailable, fact, faults_of, open_to_write
from shared.audit.frame import Frame
from shared.cost.key_life import KeyLife
from shared.keys.times import MILLISECONDS_PER_DAY, MILLISECONDS_PER_HOUR
from shared.usage.tally import Counted

HOURS_KEPT_DAYS = 40
"""After which the hours of a day are put together."""
KEPT_DAYS = 400
"""13 months, and the days until the last of them has been paid."""
SUBJECTS_REMEMBERED = 100_000
"""Whose numbers need not be asked for."""
_COUNT = (
    "INSERT INTO tallies VALUES(?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET uses = uses + excluded.uses, "
    "requests = requests + excluded.requests, last = max(last, excluded.last)"
)
_USE = (
    "INSERT INTO last_uses VALUES(?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET operation = excluded.operation, "
    "time = excluded.time, request_id = excluded.request_id, event_id = excluded.event_id "
    "WHERE excluded.time >= last_uses.time"
)
_GRANT_USE = (
    "INSERT INTO grant_uses VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, "
    "last = max(last, excluded.last)"
)
_HIT = (
    "INSERT INTO hits VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, "
    "first = min(first, excluded.first), last = max(last, excluded.last)"
)
_LIFE = (
    "INSERT INTO lives VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET spec = excluded.spec, "
    "created_at = excluded.created_at, rotations = excluded.rotations, seen_at = excluded.seen_at, ended_at = "
    "CASE WHEN excluded.ended_at IS NULL THEN NULL ELSE coalesce(lives.ended_at, excluded.ended_at) END"
)
_FORGET_SUBJECTS = "DELETE FROM subjects WHERE NOT EXISTS (SELECT 1 FROM tallies WHERE subject = id)"
_NEW_SUBJECT = (
    "INSERT OR IGNORE INTO subjects(key, account, principal, operation, outcome, detail) VALUES(?, ?, ?, ?, ?, ?)"
)
_SUBJECT = (
    "SELECT id FROM subjects WHERE key = ? AND account = ? AND principal = ? AND operation = ? AND outcome = ? "
    "AND detail = ?"
)
_DAYS_OF = (
    "INSERT INTO tallies SELECT hour - hour % 24, subject, sum(uses), sum(requests), max(last) FROM tallies "
    "WHERE hour < ? AND hour % 24 > 0 GROUP BY hour - hour % 24, subject "
    "ON CONFLICT DO UPDATE SET uses = uses + excluded.uses, requests = requests + excluded.requests, "
    "last = max(last, excluded.last)"
)


class UsageWriter:
    """Opened once. `now` is milliseconds since 1970. Errors of all methods: UsageUnavailable."""

    def __init__(self, path: Path, now: int) -> None:
        self._path = path
        with ExitStack() as opening:
            self._connection = opening.enter_context(closing(open_to_write(path, now)))
            with faults_of(path, "read"):
                self._chains: dict[str, int] = dict(self._connection.execute("SELECT name, number FROM chains"))
            opening.pop_all()
        self._subjects: dict[tuple[str, ...], int] = {}

    def close(self) -> None:
        self._connection.close()

    @property
    def cursor(self) -> int:
        """The ordinal of the last frame of the trail that was taken."""
        with faults_of(self._path, "read"):
            return fact(self._connection, "cursor")

    def take(self, ordinal: int, frames: Iterable[Frame]) -> Counts:
        """Count the frames, up to that with the ordinal; what was counted before is passed over."""
        counts, heads = Counts(), dict[str, int]()
        for frame in frames:
            counted = heads.get(frame.chain, self._chains.get(frame.chain, 0))
            counts.take(frame, after=counted)
            heads[frame.chain] = max(counted, frame.last)
        with self._transaction() as connection:
            self._write(connection, counts)
            connection.executemany("INSERT OR REPLACE INTO chains VALUES(?, ?)", heads.items())
            self._set(connection, "cursor", ordinal)
        self._chains |= heads
        return counts

    def skip_to(self, ordinal: int, now: int) -> None:
        """The frames up to that one were dropped before they were counted: only from `now` on nothing lacks."""
        with self._transaction() as connection:
            self._set(connection, "since", now)
            self._set(connection, "grants_since", now)
            self._set(connection, "cursor", ordinal)

    def begin_again(self) -> None:
        """The trail has begun anew: its frames have other ordinals."""
        with self._transaction() as connection:
            self._set(connection, "cursor", 0)

    def see(self, lives: Sequence[KeyLife], now: int) -> None:
        """Remember keys as they are now: of one that is gone, nothing else tells until when it was paid for."""
        rows = [(*life[:5], json.dumps(life.rotations), life.ended_at, now) for life in lives]
        with self._transaction() as connection:
            connection.executemany(_LIFE, rows)

    def end_unseen(self, since: int) -> None:
        """Keys that have not been seen `since` are gone, at the latest when they were seen last."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE lives SET ended_at = seen_at WHERE seen_at < ? AND ended_at IS NULL", (since,)
            )  # fmt: skip

    def condense(self, now: int) -> None:
        """Put the hours of old days together, and drop what is older than 13 months."""
        last = _first_hour_of_day(now - HOURS_KEPT_DAYS * MILLISECONDS_PER_DAY)
        oldest = _first_hour_of_day(now - KEPT_DAYS * MILLISECONDS_PER_DAY)
        with self._transaction() as connection:
            connection.execute(_DAYS_OF, (last,))
            connection.execute("DELETE FROM tallies WHERE hour < ? AND hour % 24 > 0 OR hour < ?", (last, oldest))
            connection.execute(_FORGET_SUBJECTS)
            connection.execute("DELETE FROM hits WHERE last < ?", (oldest * MILLISECONDS_PER_HOUR,))
            connection.execute("DELETE FROM grant_uses WHERE last < ?", (oldest * MILLISECONDS_PER_HOUR,))
            connection.execute("DELETE FROM lives WHERE ended_at < ?", (oldest * MILLISECONDS_PER_HOUR,))
        self._subjects.clear()

    def _write(self, connection: sqlite3.Connection, counts: Counts) -> None:
        rows = [(counted.hour, self._subject(counted), *count) for counted, count in counts.tallies.items()]
        connection.executemany(_COUNT, rows)
        connection.executemany(_USE, [(key, *use) for key, use in counts.last_uses.items()])
        connection.executemany(_GRANT_USE, [(grant, *use) for grant, use in counts.grant_uses.items()])
        connection.executemany(_HIT, [(*hit, *times) for hit, times in counts.hits.items()])

    def _subject(self, counted: Counted) -> int:
        name = (counted.key, counted.account, counted.principal, counted.operation, counted.outcome, counted.detail)
        known = self._subjects.get(name)
        if known is None:
            if len(self._subjects) >= SUBJECTS_REMEMBERED:
                self._subjects.clear()
            known = self._subjects[name] = self._new_subject(name)
        return known

    def _new_subject(self, name: tuple[str, ...]) -> int:
        self._connection.execute(_NEW_SUBJECT, name)
        (found,) = self._connection.execute(_SUBJECT, name).fetchone()
        return int(found)

    def _set(self, connection: sqlite3.Connection, name: str, value: int) -> None:
        connection.execute("INSERT OR REPLACE INTO facts VALUES(?, ?)", (name, value))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with faults_of(self._path, "written"):
                self._connection.execute("BEGIN IMMEDIATE")
                with self._connection as connection:  # commits, or rolls back
                    yield connection
        except UsageUnavailable:
            self._subjects.clear()  # those of a transaction that was rolled back are gone
            raise


def _first_hour_of_day(time: int) -> int:
    return time // MILLISECONDS_PER_DAY * 24
