"""The files of a spool: one chain of frames, in segments that are only ever appended to.

Owns their layout, `<spool>/<chain>/<number of the first entry, 16 decimal digits>.segment`: one after the other msgpack
`bin` objects, each the bytes of a frame. What a crash has torn at the end is no frame, and was told nobody. A chain
has one writer, and none after it: what failed to be written or fsynced may stand there all the same, so its numbers are
never given to other entries.
"""

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from services.durable_file import PRIVATE_DIRECTORY, PRIVATE_FILE, sync_directory
from shared.audit.frame import ChainHead, Frame, encode_frame, frame_of, head_of

SUFFIX = ".segment"
DAMAGED = ".damaged"
"""What a segment's name ends with, besides, once it was set aside: it is kept for people."""
SEGMENT_BYTES = 16_000_000
"""After which the next segment begins: what the auditor has shipped is removed by segments."""
PROBE_BYTES = 1_000_000
"""Room for a frame, whatever is in it."""

_write = msgspec.msgpack.Encoder().encode


class Disk:
    """What a spool asks of the operating system. Every call may raise OSError."""

    def open_new(self, path: Path) -> int:
        """The descriptor of a file that did not exist, readable by its owner only. What is written is synced by the
        same call: for each one more, the thread would have to wait for Python's lock once more."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_DSYNC, PRIVATE_FILE)

    def append(self, descriptor: int, content: bytes) -> None:
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


class ChainFiles:
    """Writes one chain. After any error it is at its end: begin another."""

    def __init__(self, spool: Path, chain: str, disk: Disk, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._spool, self._chain, self._disk, self._segment_bytes = spool, chain, disk, segment_bytes
        self._head = ChainHead()
        self._open: _Segment | None = None
        self._written = 0

    def next_frame(self, entries: Sequence[bytes]) -> Frame:
        """The frame of the entries, which has to be written next."""
        frame = frame_of(self._chain, self._head, entries)
        self._head = head_of(frame)
        return frame

    def write(self, frame: Frame) -> None:
        """Return once the frame is durable in its file. Blocks on the disk. Errors: OSError."""
        content, segment = _write(encode_frame(frame)), self._segment(frame.first)
        self._disk.append(segment.descriptor, content)
        self._written += len(content)

    def require_in_place(self) -> None:
        """Whether the auditor finds what was written last; it takes two microseconds, and blocks on no disk.

        Errors: OSError.
        """
        if self._open is not None:
            self._open.require_in_place()

    def close(self) -> None:
        if self._open is not None:
            os.close(self._open.descriptor)
            self._open = None

    def _segment(self, first: int) -> _Segment:
        if self._open is None or self._written >= self._segment_bytes:
            self.close()
            self._open, self._written = self._begin(first), 0
        return self._open

    def _begin(self, first: int) -> _Segment:
        directory = self._spool / self._chain
        make_durable_directory(directory, self._disk)
        path = directory / f"{first:016}{SUFFIX}"
        descriptor = self._disk.open_new(path)
        self._disk.sync_directory(directory)
        return _Segment(descriptor, path, os.fstat(descriptor))


def make_durable_directory(directory: Path, disk: Disk) -> None:
    """Make `directory` and what is missing above it, and their names durable. Errors: OSError."""
    if not directory.is_dir():
        make_durable_directory(directory.parent, disk)
        directory.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
        disk.sync_directory(directory.parent)


def probe(directory: Path, disk: Disk) -> None:
    """Whether a frame could be written there now. Blocks on the disk. Errors: OSError: it could not."""
    make_durable_directory(directory, disk)
    path = directory / "probe"
    path.unlink(missing_ok=True)
    descriptor = disk.open_new(path)
    try:
        disk.append(descriptor, bytes(PROBE_BYTES))
    finally:
        os.close(descriptor)
        path.unlink()
