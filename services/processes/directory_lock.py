"""One process tree per directory.

Owns an advisory lock (flock) on a file in the directory. Children inherit the open file, so the lock is free only when
the whole tree has ended: a second author of one region's log can never start beside an old one.
"""

import fcntl
import os
import time
from pathlib import Path

from services.plain_fault import PlainFault

LOCK_FILE = "lock"


class DirectoryInUse(PlainFault):
    """Another process tree serves the directory. The message is one line."""


def lock_directory(directory: Path, patience: float) -> int:
    """Take the lock, waiting up to `patience` seconds; returns the open file's descriptor. Errors: DirectoryInUse."""
    held = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience
    while not _try_lock(held):
        if time.monotonic() >= deadline:
            os.close(held)
            raise DirectoryInUse(
                f"{directory} is in use by another keytide; stop that one, or name another --directory"
            )
        time.sleep(0.05)
    return held


def _try_lock(held: int) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
