"""The mark of a state whose commits may not be on the disk yet.

Owns one empty file beside LMDB's. It is durable before the first commit that is not synced, and goes after all of them
are. Where it stands after a power cut, LMDB's file may be anything: it is thrown away, and the log gives the state.
"""

import os
from pathlib import Path

MARK = "unsettled"


def is_unsettled(directory: Path) -> bool:
    return (directory / MARK).exists()


def mark_unsettled(directory: Path) -> None:
    (directory / MARK).touch(mode=0o600)
    _make_durable(directory)


def mark_settled(directory: Path) -> None:
    (directory / MARK).unlink(missing_ok=True)
    _make_durable(directory)


def _make_durable(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
