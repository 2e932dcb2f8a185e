"""The files of recorded decisions: appended to, never changed, the oldest dropped when there are too many.

Owns their layout, `decisions/worker-<number>/<milliseconds>.segment`, each a row of msgpack arrays. Nothing is fsynced:
a power cut takes the last seconds, and a reader stops at what is torn. Readable by their owner only.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgpack

from services.durable_file import PRIVATE_DIRECTORY, PRIVATE_FILE
from services.region_node.decisions.record import NotRecorded, Recorded, decode

SEGMENTS = 16
"""So many make up the limit: with each that is dropped, so much of the record goes."""
_SUFFIX = ".segment"


class Segments:
    """Those of one worker. `maximum` in bytes; `now` gives integer milliseconds since 1970."""

    def __init__(self, directory: Path, number: int, maximum: int, now: Callable[[], int]) -> None:
        self._directory = directory / f"worker-{number}"
        self._maximum, self._now = maximum, now
        self._open: int | None = None
        self._written = 0

    def append(self, content: bytes) -> None:
        """Errors: OSError."""
        if self._open is None or self._written >= self._maximum // SEGMENTS:
            self.close()
            self._open = self._begin()
        self._written += len(content)
        while content:
            content = content[os.write(self._open, content) :]

    def close(self) -> None:
        if self._open is not None:
            os.close(self._open)
            self._open = None

    def _begin(self) -> int:
        self._directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        self._drop_oldest()
        self._written = 0
        name = self._directory / f"{self._now():016}{_SUFFIX}"
        return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)

    def _drop_oldest(self) -> None:
        """Leave room for the segment that begins."""
        sizes = [(path, path.stat().st_size) for path in _segments(self._directory)]
        total = sum(size for _, size in sizes) + self._maximum // SEGMENTS
        for path, size in sizes:
            if total <= self._maximum:
                return
            path.unlink()
            total -= size


def recorded_in(directory: Path, mentioning: str = "") -> Iterator[Recorded]:
    """The decisions of all workers, one worker after the other, oldest first; `mentioning`: those with this text alone.

    A file that another process drops meanwhile is passed over. Errors: OSError for what may not be read.
    """
    wanted = mentioning.encode()
    for worker in sorted(directory.glob("worker-*")):
        for path in _segments(worker):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            if wanted in content:
                yield from _decisions(content)


def _segments(directory: Path) -> list[Path]:
    return sorted(directory.glob(f"*{_SUFFIX}"))


def _decisions(content: bytes) -> Iterator[Recorded]:
    unpacker = msgpack.Unpacker(use_list=False, max_buffer_size=0, unicode_errors="surrogatepass")
    unpacker.feed(content)
    while True:
        try:
            yield decode(unpacker.unpack())
        except NotRecorded:
            continue
        except (msgpack.OutOfData, msgpack.UnpackException, ValueError):
            return
