"""A run of many seeds on all cores, in order: how far it has come, and how it ends.

Owns what it prints. A violation ends the run with the one command that shows it again, and how few of the world's
commands it needs. A run that is interrupted ends with the command that goes on. Where processes are not forked they
import what they are to do, and the program's own module cannot be imported: therefore it stands here.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.campaign import violation
from tests.simulation.shrinking import shortest

SEEDS_EACH = 25
"""Seeds that a process takes at once."""
TOLD_SECONDS = 10.0
"""How often a log is told how far the run has come."""
INTERRUPTED = 130
"""The exit status of a program that SIGINT has ended."""

Found = list[tuple[int, str]]


class Run:
    """Of `count` seeds from `first` on. `done`: so many of them, without a gap, have been lived."""

    def __init__(self, first: int, count: int) -> None:
        self.first, self.count, self.done = first, count, 0
        self._found: Found = []
        self._began = self._told = time.monotonic()

    def run(self) -> int:
        """The exit status."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        interrupted = False
        with ProcessPoolExecutor(os.cpu_count(), initializer=_leave_signals_to_the_parent) as processes:
            try:
                self._live(processes)
            except KeyboardInterrupt:
                interrupted = True
            processes.shutdown(cancel_futures=True)
        return self._end(interrupted)

    def _live(self, processes: ProcessPoolExecutor) -> None:
        blocks = [*_blocks(self.first, self.first + self.count)]
        for block, violations in zip(blocks, processes.map(_violations, blocks), strict=True):
            self.done, self._found = self.done + len(block), [*self._found, *violations]
            self._show()
            if self._found:
                return

    def _end(self, interrupted: bool) -> int:
        print()
        for seed, text in self._found:
            print(text, _again(seed), sep="\n")
        print(f"{self.done} seeds, {len(self._found)} violations")
        if interrupted:
            print(f"interrupted; the others: make simulate FIRST={self._next} SEEDS={self.count - self.done}")
        return 1 if self._found else INTERRUPTED if interrupted else 0

    @property
    def _next(self) -> int:
        return self.first + self.done

    def _show(self) -> None:
        now, on_a_screen = time.monotonic(), sys.stdout.isatty()
        if not on_a_screen and now - self._told < TOLD_SECONDS and self.done < self.count:
            return
        self._told, a_second = now, self.done / (now - self._began)
        text = f"{self.done} of {self.count} seeds, {a_second:.0f} a second, {len(self._found)} violations"
        start, end = ("\r", "") if on_a_screen else ("", "\n")
        print(f"{start}{text}, next FIRST={self._next}", end=end, flush=True)


def _blocks(start: int, end: int) -> Iterator[range]:
    for first in range(start, end, SEEDS_EACH):
        yield range(first, min(first + SEEDS_EACH, end))


def _leave_signals_to_the_parent() -> None:
    """It says how far the run has come once the blocks that are under way are done."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _violations(seeds: range) -> Found:
    return [(seed, text) for seed in seeds if (text := violation(seed)) is not None]


def _again(seed: int) -> str:
    commands, of_all = shortest(seed)
    return f"again: make simulate SEED={seed}   (the first {commands} of its {of_all} commands are enough)"
