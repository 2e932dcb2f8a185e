"""Writes the files of a spool in a thread of the test's process, where a test can let the disk fail."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from services.audit.spool.files import SpoolFiles
from services.audit.spool.orders import GONE, Order, Told, carried_out


class WritingHere:
    """A `Writing`."""

    def __init__(self, files: SpoolFiles) -> None:
        self._files, self._thread, self._ended = files, ThreadPoolExecutor(1), False
        self._loop = asyncio.get_running_loop()

    def begin(self, order: Order, told: Told) -> None:
        if self._ended:
            self._loop.call_soon(told, GONE)
            return
        done = self._loop.run_in_executor(self._thread, carried_out, order, self._files)
        done.add_done_callback(lambda outcome: told(outcome.result()))

    def end(self) -> None:
        self._ended = True
        self._thread.shutdown()
        self._files.close()
