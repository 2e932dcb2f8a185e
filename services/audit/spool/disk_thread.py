"""The one thread of a spool that waits for the disk.

Owns how work gets there, one piece after the other, and how its outcome comes back into the event loop. An executor
would make a lock, a condition and two futures for each frame.
"""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import TypeAlias

Work: TypeAlias = Callable[[], None]
Told: TypeAlias = Callable[[BaseException | None], None]
"""Called in the event loop with what the work has raised, None where it is done."""


class DiskThread:
    """Ends with the process where nobody ends it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._asked: SimpleQueue[tuple[Work, Told] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="spool", daemon=True)
        self._thread.start()

    def begin(self, work: Work, told: Told) -> None:
        """Do it after all that was begun before."""
        self._asked.put((work, told))

    def end(self) -> None:
        """Return once all that was begun is done."""
        self._asked.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            work, told = asked
            fault = _fault_of(work)
            if self._loop.is_closed():
                return  # nobody is there to hear it
            self._loop.call_soon_threadsafe(told, fault)


def _fault_of(work: Work) -> BaseException | None:
    try:
        work()
    except BaseException as fault:
        return fault
    return None
