"""Whose turn it is to append to an embedded log, where several processes of one machine do.

Owns the lock for it: flock(2) on a file beside the log, which the kernel lets go of when its holder dies. LMDB has a
lock of its own, on which a process would wait without end for another one that is stopped in the middle of a commit.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from replication.log.event_log import NotAppended

PATIENCE_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 0.0005


class AppendingTurns:
    """Of one process, for one thread."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._file = os.open(log / "writer.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """While nobody else has one. Errors: NotAppended where another process does not come to its end."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._taken():
            if time.monotonic() >= deadline:
                raise NotAppended(f"another process appends to the log {self._log} and does not end")
            time.sleep(PAUSE_SECONDS)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._file)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
