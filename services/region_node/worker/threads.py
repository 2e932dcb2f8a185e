"""Work that would stall the other requests of a worker: done by a few threads beside its event loop.

Owns the threads, and how much may wait for them. pyca/cryptography lets other threads of Python run while OpenSSL
signs, decrypts or looks for primes; what holds Python's lock gains nothing here.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import NamedTuple, TypeVar

from shared.errors import Throttled

Result = TypeVar("Result")


class Weight(Enum):
    """How long a piece of work keeps a core."""

    LIGHT = "less than 0.3 ms: not worth a thread"
    HEAVY = "at most some 20 ms"
    SLOW = "longer"


class Lane(NamedTuple):
    """The threads for work of one weight, and how many pieces of it may be under way or waiting."""

    threads: int
    most: int


class Busy(NamedTuple):
    """Pieces of work under way or waiting, and how many were refused since the start."""

    waiting: int
    refused: int


LANES: Mapping[Weight, Lane] = {Weight.HEAVY: Lane(threads=2, most=256), Weight.SLOW: Lane(threads=1, most=32)}
"""What is slow has a lane of its own, so that nothing heavy waits for it. With AWS's figures (1,000 signatures and one
key pair of RSA_4096 a second) both lanes keep up; each piece holds a snapshot of the state while it waits."""


class WorkThreads:
    """The lanes of one worker. Only its event loop may call them."""

    def __init__(self, lanes: Mapping[Weight, Lane] = LANES) -> None:
        self._lanes = {weight: OpenLane(weight.name.lower(), lane) for weight, lane in lanes.items()}

    async def run(self, weight: Weight, work: Callable[[], Result]) -> Result:
        """What `work` returns: called at once where it is light, by a thread where it is not.

        Errors: Throttled where the threads have too much to do; those of `work`.
        """
        if weight is Weight.LIGHT:
            return work()
        return await self._lanes[weight].run(work)

    def figures(self) -> Mapping[str, Busy]:
        """How busy each lane is, by its name."""
        return {weight.name.lower(): lane.busy() for weight, lane in self._lanes.items()}

    def close(self) -> None:
        """Let nothing more begin; what is under way ends with the process."""
        for lane in self._lanes.values():
            lane.close()


class OpenLane:
    """A lane's threads. Only one event loop may call it."""

    def __init__(self, name: str, lane: Lane) -> None:
        self._most = lane.most
        self._taken = self._refused = 0
        self._threads = ThreadPoolExecutor(lane.threads, thread_name_prefix=name)

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns. Cancelled while it waits, it is not begun. Errors: Throttled; those of `work`."""
        if self._taken >= self._most:
            self._refused += 1
            raise Throttled
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._taken -= 1

    def busy(self) -> Busy:
        return Busy(self._taken, self._refused)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
