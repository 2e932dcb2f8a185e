"""How far a long work is, on one line of a terminal; nothing where standard error is none.

Owns how it looks and how often it is drawn.
"""

import sys
import time

WIDTH = 40
BETWEEN_SECONDS = 0.1


class ProgressBar:
    """Call it with what is done of how much; it ends its line with the last of it."""

    def __init__(self, what: str) -> None:
        self._what, self._is_shown, self._drawn = what, sys.stderr.isatty(), 0.0

    def __call__(self, done: int, total: int) -> None:
        now, is_last = time.monotonic(), done >= total
        if not self._is_shown or (now - self._drawn < BETWEEN_SECONDS and not is_last):
            return
        self._drawn = now
        share = done / total if total else 1.0
        bar = "#" * int(share * WIDTH)
        end = "\n" if is_last else ""
        print(f"\r{self._what} [{bar:<{WIDTH}}] {share:4.0%}", end=end, file=sys.stderr, flush=True)
