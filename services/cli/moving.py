"""A line on a terminal that moves while something is read; on anything else, nothing."""

import sys
import time
from typing import TextIO

MOVING_SECONDS = 0.2


class Moving:
    """As a block: `told` moves the line, and it goes when the block ends."""

    def __init__(self, what: str, of: str, output: TextIO | None = None) -> None:
        self._what, self._of, self._output = what, of, output or sys.stderr
        self._moved = 0.0

    def told(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._output.isatty() and (now - self._moved > MOVING_SECONDS or done >= total):
            self._moved = now
            self._write(f"\r{self._what}: {done:,} of {total:,} {self._of} read\x1b[K")

    def _write(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()

    def __enter__(self) -> "Moving":
        return self

    def __exit__(self, *_fault: object) -> None:
        self.end()

    def end(self) -> None:
        if self._output.isatty():
            self._write("\r\x1b[K")
