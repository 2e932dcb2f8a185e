"""What keeps a damaged log from ending the node over and over.

Owns the mark of the place that is being read. An embedded log is read through a memory map, and LMDB has no checksums:
a damaged page may end the process (a segmentation fault, a bus error) instead of raising an error. The author reads
only the end of the log and may never meet such a page; the scrub reads everything, at every start. So it marks what it
reads for as long as the read lasts, and a process that finds a mark leaves that place alone and says so.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARK_BYTES = 256


class ScrubGuard:
    """`path`: the file of the mark; None guards nothing, as with Kafka, where others read the files."""

    def __init__(self, path: Path | None) -> None:
        self._file = None if path is None else os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._left = "" if self._file is None else os.pread(self._file, MARK_BYTES, 0).decode(errors="replace").strip()
        self._mark("")

    def ended_at(self, log: str, partition: int) -> str:
        """Where the former process ended while it read this partition: a position, "" if it did not."""
        place, _, position = self._left.rpartition(" ")
        return position if place == f"{log}/{partition}" else ""

    @contextmanager
    def reading(self, log: str, partition: int, position: int) -> Iterator[None]:
        """Mark the place. Not durable: a power cut is no fault of the log's."""
        self._mark(f"{log}/{partition} {position}")
        try:
            yield
        finally:
            self._mark("")

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _mark(self, text: str) -> None:
        if self._file is not None:
            os.pwrite(self._file, text.ljust(MARK_BYTES).encode(), 0)
