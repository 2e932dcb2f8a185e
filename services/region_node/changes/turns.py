"""Whose turn it is to change a stream, among the requests of one worker.

Owns a queue a stream, first come, first served. It is no lock: the log alone decides what is applied, and other workers
and nodes write all the while. It keeps the requests of one worker from making each other void.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

WAITING_MOST = 256
"""Requests that wait for one stream; each holds its client's connection."""


class TooManyWait(Exception):
    """There is no turn in time, or too many wait already."""


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    requests: int = 0


class Turns:
    """The queues that are not empty, by stream."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def of(self, streams: Iterable[str], deadline: float) -> AsyncIterator[bool]:
        """Hold the turn of all `streams`; gives whether it had to be waited for. `deadline` is the loop's time.

        Errors: TooManyWait.
        """
        # In one order for all, so that no two wait for each other.
        names = sorted(set(streams))
        waits = any(name in self._queues for name in names)
        held: list[str] = []
        try:
            await self._take(names, held, deadline)
            yield waits
        finally:
            for name in held:
                self._queues[name].lock.release()
                self._leave(name)

    async def _take(self, names: Iterable[str], held: list[str], deadline: float) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                for name in names:
                    await self._queue_up(name)
                    held.append(name)
        except TimeoutError as error:
            raise TooManyWait("no turn in time") from error

    async def _queue_up(self, name: str) -> None:
        queue = self._queues.setdefault(name, _Queue())
        if queue.requests > WAITING_MOST:
            raise TooManyWait(f"{WAITING_MOST} requests wait already")
        queue.requests += 1
        try:
            await queue.lock.acquire()
        except BaseException:
            self._leave(name)
            raise

    def _leave(self, name: str) -> None:
        queue = self._queues[name]
        queue.requests -= 1
        if queue.requests == 0:
            del self._queues[name]
