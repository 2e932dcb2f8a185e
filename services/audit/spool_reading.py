"""The spools of a node, as the auditor reads and clears them.

Owns how far each segment was read, and when one goes. Writers are other processes, which only ever append.
"""

import fcntl
import logging
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from services.audit.spool_files import SUFFIX, frames_in
from shared.audit.frame import ChainHead, Frame, NotAFrame

BATCH_BYTES: Final = 4_000_000
EMPTY_SECONDS: Final = 3600.0
"""After which an empty directory goes: the writer may just be about to begin the next segment in it."""

log = logging.getLogger(__name__)


class SpoolReading:
    """All spools of one node. Errors of all methods: OSError."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[Path, int] = {}
        self._last: dict[Path, int] = {}
        self.damaged: set[Path] = set()
        """Segments with bytes that are no frame. They are kept, and nothing behind the damage is read."""

    def again(self) -> None:
        """Read everything once more."""
        self._read.clear()

    def next_frames(self) -> Sequence[Frame]:
        """What has been written since it was last asked, in the order of each chain; not more than fits one append."""
        frames: list[Frame] = []
        size = 0
        for segment in self._segments():
            for frame in self._frames_of(segment):
                frames.append(frame)
                size += sum(map(len, frame.entries))
                if size >= BATCH_BYTES:
                    return frames
        return frames

    def read_until(self) -> Mapping[str, int]:
        """Of each chain that has segments, the number of the last entry that was read."""
        until: dict[str, int] = {}
        for segment, last in self._last.items():
            chain = self._chain(segment)
            until[chain] = max(last, until.get(chain, 0))
        return until

    def _chain(self, segment: Path) -> str:
        return segment.parent.relative_to(self._directory).as_posix()

    def waiting_bytes(self) -> int:
        """Of what has not been read yet."""
        return sum(max(0, segment.stat().st_size - self._read.get(segment, 0)) for segment in self._segments())

    def clear(self, heads: Mapping[str, ChainHead]) -> int:
        """Remove the segments that are read, have nothing beyond the heads, and that nobody writes any more.

        Returns how many. `heads` are those of the trail: what is in it has come through the audit log.
        """
        removed = 0
        for segment in self._segments():
            read, last = self._read.get(segment), self._last.get(segment, 0)
            head = heads.get(self._chain(segment), ChainHead())
            if read is not None and segment not in self.damaged and head.number >= last > 0:
                removed += _removed_unless_open(segment, read)
        self._read = {segment: read for segment, read in self._read.items() if segment.exists()}
        self._last = {segment: last for segment, last in self._last.items() if segment.exists()}
        self._remove_empty()
        return removed

    def _segments(self) -> list[Path]:
        return sorted(self._directory.glob(f"*/*/*/*{SUFFIX}"))

    def _frames_of(self, segment: Path) -> Iterator[Frame]:
        start = self._read.get(segment, 0)
        if segment in self.damaged or segment.stat().st_size <= start:
            return
        try:
            for frame, end in frames_in(segment, start):
                self._read[segment], self._last[segment] = end, frame.last
                yield frame
        except NotAFrame as error:
            self.damaged.add(segment)
            log.error("a spool is damaged", extra={"segment": str(segment), "reason": str(error)})

    def _remove_empty(self) -> None:
        for chain in self._directory.glob("*/*/*"):
            if time.time() - chain.stat().st_mtime > EMPTY_SECONDS and not any(chain.iterdir()):
                chain.rmdir()


def _removed_unless_open(segment: Path, size: int) -> bool:
    """Remove it if no process has it open, and it has no more than was read but what a crash has torn."""
    if not _is_closed(segment) or next(iter(frames_in(segment, size)), None) is not None:
        return False
    segment.unlink()
    return True


def _is_closed(segment: Path) -> bool:
    """Whether nobody has it open, and so will never write it: a writer opens a segment once, when it makes it.

    A lease for writing is granted only on a file that nobody else has open (fcntl(2), F_SETLEASE; Linux). Where there
    are no leases a segment counts as closed once another one of its chain follows.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return any(other.name > segment.name for other in segment.parent.glob(f"*{SUFFIX}"))
    descriptor = os.open(segment, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # nothing happens to this process if it is opened now
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError:
        return False
    finally:
        os.close(descriptor)  # and with it the lease, for which others would wait
    return True
