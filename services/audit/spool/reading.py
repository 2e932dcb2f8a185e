"""The spools of a node, as the auditor reads and clears them.

Owns how far each segment was read, and when one goes. Writers are other processes, which only ever append. A segment
that holds anything but whole frames, and what a crash can have torn at its chain's very end, is never removed: it is
set aside under its name with `.damaged`, and its whole frames are sent as all others.
"""

import fcntl
import logging
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from services.audit.spool.files import DAMAGED, SUFFIX
from services.audit.spool.frames import Tip, is_torn, tip_before, whole_frames
from services.durable_file import sync_directory
from shared.audit.frame import ChainHead, Frame

BATCH_BYTES: Final = 4_000_000
EMPTY_SECONDS: Final = 3600.0
"""After which an empty directory goes: the writer may just be about to begin the next segment in it."""

_SEGMENTS: Final = f"*/*/*/{'[0-9]' * 16}{SUFFIX}"

log = logging.getLogger(__name__)


class SpoolReading:
    """All spools of one node. Errors of all methods: OSError."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[Path, int] = {}
        self._last: dict[Path, int] = {}
        self._looked_at: dict[Path, int] = {}
        self._tips: dict[str, tuple[Path, Tip]] = {}
        self._damaged: set[Path] = set()
        self.more = False
        """Whether `next_frames` may have left something for the next time."""

    def again(self) -> None:
        """Read everything once more."""
        self._read.clear()
        self._looked_at.clear()
        self._tips.clear()

    def damaged_segments(self) -> int:
        """How many hold bytes that are no frame, set aside or not yet."""
        aside = self._directory.glob(_SEGMENTS + DAMAGED)
        return sum(segment.exists() for segment in self._damaged) + sum(1 for _ in aside)

    def next_frames(self) -> Sequence[Frame]:
        """What has been written since it was last asked, in the order of each chain; not more than fits one append."""
        frames: list[Frame] = []
        size, self.more = 0, False
        for segment in self._segments():
            for frame in self._frames_of(segment):
                frames.append(frame)
                size += sum(map(len, frame.entries))
                if size >= BATCH_BYTES:
                    self.more = True
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

        Those that are damaged are set aside instead. Returns how many were removed.
        `heads` are those of the trail: what is in it has come through the audit log.
        """
        removed = 0
        for segment in self._segments():
            head = heads.get(self._chain(segment), ChainHead())
            if segment in self._read and head.number >= self._last.get(segment, 0) and _is_closed(segment):
                removed += self._removed(segment)
        self._forget_removed()
        self._remove_empty()
        return removed

    def _segments(self) -> list[Path]:
        return sorted(self._directory.glob(_SEGMENTS))

    def _frames_of(self, segment: Path) -> Iterator[Frame]:
        chain, start, size = self._chain(segment), self._read.setdefault(segment, 0), segment.stat().st_size
        if size == self._looked_at.get(segment):
            return
        content, place = _content_from(segment, start), 0
        for frame, begin, end, sound, tip in whole_frames(content, chain, self._tip(segment)):
            if not sound:
                self._tell(segment, start + place)
                self._suspect_before(segment, start + begin)
            place = end
            self._read[segment], self._last[segment], self._tips[chain] = start + end, frame.last, (segment, tip)
            yield frame
        self._looked_at[segment] = size
        if not is_torn(content[place:], chain):
            self._tell(segment, start + place)

    def _tip(self, segment: Path) -> Tip:
        """Of the segment's chain, before what of it was not read yet."""
        first = int(segment.stem)
        read, tip = self._tips.get(self._chain(segment), (None, tip_before(first)))
        if read == segment or tip.head.number == first - 1:
            return tip
        for before in _others(segment, before=True)[-1:]:
            self._tell(before, self._read.get(before, 0))  # its end is missing
        return tip_before(first)

    def _suspect_before(self, segment: Path, begin: int) -> None:
        """A frame does not rest on the last one of another segment: either may be damaged."""
        read, _ = self._tips.get(self._chain(segment), (segment, None))
        if begin == 0 and read != segment:
            self._tell(read, 0)

    def _tell(self, segment: Path, place: int) -> None:
        """Once of each segment."""
        if segment not in self._damaged and segment.exists():
            self._damaged.add(segment)
            log.error("a spool is damaged; it is kept", extra={"segment": str(segment), "place": place})

    def _removed(self, segment: Path) -> bool:
        """Of one that nobody writes, and that has no more than was looked at."""
        size = segment.stat().st_size
        if size != self._looked_at.get(segment):
            return False
        if size > self._read[segment] and _others(segment, before=False):
            self._tell(segment, self._read[segment])  # its writer went on only after it had written all of it whole
        if segment in self._damaged:
            segment.rename(segment.with_name(segment.name + DAMAGED))
            sync_directory(segment.parent)
            return False
        segment.unlink()
        return True

    def _forget_removed(self) -> None:
        for known in (self._read, self._last, self._looked_at):
            for segment in [segment for segment in known if not segment.exists()]:
                del known[segment]
        self._damaged = {segment for segment in self._damaged if segment.exists()}
        self._tips = {chain: tip for chain, tip in self._tips.items() if (self._directory / chain).exists()}

    def _remove_empty(self) -> None:
        for chain in self._directory.glob("*/*/*"):
            if time.time() - chain.stat().st_mtime > EMPTY_SECONDS and not any(chain.iterdir()):
                chain.rmdir()


def _content_from(segment: Path, start: int) -> bytes:
    with segment.open("rb") as file:
        file.seek(start)
        return file.read()


def _others(segment: Path, before: bool) -> list[Path]:
    """Of the same chain, before it or behind it."""
    all_of_them = sorted(segment.parent.glob(f"*{SUFFIX}"))
    return [other for other in all_of_them if other != segment and (other.name < segment.name) == before]


def _is_closed(segment: Path) -> bool:
    """Whether nobody has it open, and so will never write it: a writer opens a segment once, when it makes it.

    A lease for writing is granted only on a file that nobody else has open (fcntl(2), F_SETLEASE; Linux). Where there
    are no leases a segment counts as closed once another one of its chain follows.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return bool(_others(segment, before=False))
    descriptor = os.open(segment, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # nothing happens to this process if it is opened now
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError:
        return False
    finally:
        os.close(descriptor)  # and with it the lease, for which others would wait
    return True
