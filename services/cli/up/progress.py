"""What `keytide up` tells the person who started it: short lines with the time since the start."""

import sys
import time
from collections.abc import Callable
from typing import TextIO


class Progress:
    """Lines with elapsed seconds. Flushed at once, since a pipe may be watching."""

    def __init__(self, output: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._output = sys.stdout if output is None else output
        self._clock = clock
        self._started = clock()

    def say(self, text: str) -> None:
        """One step, with its time."""
        print(f"[{self._clock() - self._started:6.2f} s] {text}", file=self._output, flush=True)

    def show(self, text: str) -> None:
        """Lines as they are, to be copied."""
        print(text, file=self._output, flush=True)
