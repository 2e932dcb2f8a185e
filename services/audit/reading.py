"""The trail as the threads of one process ask it.

Owns the lock: a `Trail` is for one thread at a time. It is opened when it is first asked.
"""

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Protocol

from services.audit.delivery.digest_keys import PublicDigestKey, public_digest_keys
from services.audit.trail.books import TrailBooks
from services.audit.trail.forms import Found, Query, TrailUnavailable
from services.audit.trail.trail import Trail


class Lookup(Protocol):
    """What has happened, and what proves it."""

    def lookup(self, query: Query) -> Sequence[Found]:
        """Newest first. Blocks on the disk. Errors: TrailUnavailable."""

    def public_digest_keys(self) -> Sequence[PublicDigestKey]:
        """The earliest first. Blocks on the disk. Errors: TrailUnavailable."""


class NoTrail:
    """A region in which nothing is recorded."""

    def lookup(self, _query: Query) -> Sequence[Found]:
        return ()

    def public_digest_keys(self) -> Sequence[PublicDigestKey]:
        return ()


class TrailReader:
    """Implements `Lookup` over the trail of this node. Safe for several threads."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    def lookup(self, query: Query) -> Sequence[Found]:
        with self._lock:
            return self._trail.lookup(query)

    def public_digest_keys(self) -> Sequence[PublicDigestKey]:
        with self._lock:
            try:
                with closing(TrailBooks(self._directory)) as books:
                    return public_digest_keys(books)
            except sqlite3.Error as error:
                raise TrailUnavailable(f"the audit trail in {self._directory} cannot be read: {error}") from error

    @cached_property
    def _trail(self) -> Trail:
        return Trail(self._directory)
