"""A disk that fails when it is told to: full, or broken."""

import errno
import os
from pathlib import Path

from services.audit.spool.files import Disk


class FaultyDisk(Disk):
    """`fault`: the error that writes and fsyncs end with, None while all is well. `torn`: bytes that get through of a
    write that fails."""

    def __init__(self) -> None:
        self.fault: int | None = None
        self.fails_at = "append"
        self.torn = 0
        self.written = 0

    def open_new(self, path: Path) -> int:
        self._fail("open_new")
        return super().open_new(path)

    def append(self, descriptor: int, content: bytes | memoryview) -> None:
        if self.fault is not None and self.fails_at == "append":
            super().append(descriptor, content[: self.torn])
        self._fail("append")
        super().append(descriptor, content)
        self.written += 1

    def _fail(self, at: str) -> None:
        if self.fault is not None and at == self.fails_at:
            raise OSError(self.fault, os.strerror(self.fault))


FULL, BROKEN = errno.ENOSPC, errno.EIO
