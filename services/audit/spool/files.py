"""The files of a spool: chains of frames, in segments that are only ever appended to.

Owns their layout, `<spool>/<chain>/<number of the first entry, 16 decimal digits>.segment`: one after the other msgpack
`bin` objects, each the bytes of a frame. What a crash has torn at the end is no frame, and was told nobody. A chain
has one writer, and none after it: what failed to be written or fsynced may stand there all the same, so its numbers are
never given to other entries.

Nothing but the standard library is imported here: it is all that the process needs which writes them.
"""

import errno
import os
from pathlib import Path
from typing import NamedTuple

from services.durable_file import PRIVATE_DIRECTORY, PRIVATE_FILE, sync_directory

SUFFIX = ".segment"
DAMAGED = ".damaged"
"""What a segment's name ends with, besides, once it was set aside: it is kept for people."""
SEGMENT_BYTES = 16_000_000
"""After which the next segment begins: what the auditor has shipped is removed by segments."""
PROBE_BYTES = 1_000_000
"""Room for a frame, whatever is in it."""


class Disk:
    """What a spool asks of the operating system. Every call may raise OSError."""

    def open_new(self, path: Path) -> int:
        """The descriptor of a file that did not exist, readable by its owner only. What is written is synced by the
        same call."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_DSYNC, PRIVATE_FILE)

    def append(self, descriptor: int, content: bytes | memoryview) -> None:
        """Return once all of it is durable, as after fdatasync."""
        written = os.write(descriptor, content)
        while written < len(content):
            written += os.write(descriptor, memoryview(content)[written:])

    def sync_directory(self, directory: Path) -> None:
        sync_directory(directory)


class _Segment(NamedTuple):
    """One that is written. `made`: which file it is."""

    descriptor: int
    path: Path
    made: os.stat_result

    def require_in_place(self) -> None:
        """Errors: OSError where the file no longer stands under its path: nobody would ever read what is in it."""
        if not os.path.samestat(self.made, os.stat(self.path)):  # noqa: PTH116
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))


class SpoolFiles:
    """Of one writer. After any error its chain is at its end: go on with another."""

    def __init__(self, spool: Path, disk: Disk | None = None, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._spool, self._disk, self._segment_bytes = spool, disk or Disk(), segment_bytes
        self._chain = ""
        self._open: _Segment | None = None
        self._written = 0

    def append(self, chain: str, first: int, content: bytes | memoryview) -> None:
        """Return once it is durable, and stands where the auditor finds it. `content`: a frame as it lies in a segment,
        `first` its first number. Blocks on the disk. Errors: OSError.
        """
        segment = self._segment(chain, first)
        self._disk.append(segment.descriptor, content)
        self._written += len(content)
        segment.require_in_place()

    def probe(self, writer: str) -> None:
        """Whether a frame of the writer could be appended now; what failed before is let go. Blocks on the disk.

        Errors: OSError: it could not.
        """
        self.close()
        path = self._durable_directory(writer) / "probe"
        path.unlink(missing_ok=True)
        descriptor = self._disk.open_new(path)
        try:
            self._disk.append(descriptor, bytes(PROBE_BYTES))
        finally:
            os.close(descriptor)
            path.unlink()

    def close(self) -> None:
        if self._open is not None:
            os.close(self._open.descriptor)
            self._open = None

    def _segment(self, chain: str, first: int) -> _Segment:
        if self._open is None or self._written >= self._segment_bytes or chain != self._chain:
            self.close()
            self._open, self._chain, self._written = self._begin(chain, first), chain, 0
        return self._open

    def _begin(self, chain: str, first: int) -> _Segment:
        directory = self._durable_directory(chain)
        path = directory / f"{first:016}{SUFFIX}"
        descriptor = self._disk.open_new(path)
        self._disk.sync_directory(directory)
        return _Segment(descriptor, path, os.fstat(descriptor))

    def _durable_directory(self, name: str) -> Path:
        """The directory `name` of the spool. Its name and those above it are synced, whoever has made them: a process
        that was killed before it could sync one leaves it behind all the same."""
        path = self._spool.parent
        path.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        for part in (self._spool.name, *name.split("/")):
            parent, path = path, path / part
            path.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
            self._disk.sync_directory(parent)
        return path
