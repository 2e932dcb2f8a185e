"""The trail as the threads of one process ask it.

Owns the lock: a `Trail` is for one thread at a time. It is opened when it is first asked.
"""

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

from services.audit.trail import Trail
from services.audit.trail_forms import Found, Query


class Lookup(Protocol):
    """What has happened."""

    def lookup(self, query: Query) -> Sequence[Found]:
        """Newest first. Blocks on the disk. Errors: TrailUnavailable."""


class NoTrail:
    """A region in which nothing is recorded."""

    def lookup(self, _query: Query) -> Sequence[Found]:
        return ()


class TrailReader:
    """Implements `Lookup` over the trail of this node. Safe for several threads."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    def lookup(self, query: Query) -> Sequence[Found]:
        with self._lock:
            return self._trail.lookup(query)

    @cached_property
    def _trail(self) -> Trail:
        return Trail(self._directory)
