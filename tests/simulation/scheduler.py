"""The seeded scheduler: virtual time, and an order of what is ready that is drawn from the seed.

Owns the loop. asyncio runs what is ready in the order in which it became so; here any of it may come first, as on
a machine that is loaded. The same seed gives the same order, and so the same world, to the last byte of its logs.
"""

import asyncio
import random
from collections.abc import Coroutine
from itertools import count
from typing import Any, TypeVar

from tests.replication.virtual_time import VirtualTimeLoop

Answer = TypeVar("Answer")
TURNS_MOST = 100_000
"""A hundred times as many turns of the loop as a world takes."""


class Endless(Exception):
    """The world does not come to rest: somebody goes round in a circle."""


class NumberedTask(asyncio.Task[Any]):
    """Its hash is its number: a group cancels its tasks in the order of a set, which else hangs on addresses."""

    def __init__(self, number: int, work: Coroutine[Any, Any, Any], **named: Any) -> None:
        self._number = number  # it is asked for its hash as soon as it is made
        super().__init__(work, **named)

    def __hash__(self) -> int:
        return self._number


class SeededLoop(VirtualTimeLoop):
    def __init__(self, seed: int) -> None:
        super().__init__()
        self._order = random.Random(seed)
        self._turns = 0
        numbers = count()
        self.set_task_factory(lambda loop, work, **named: NumberedTask(next(numbers), work, loop=loop, **named))

    def _run_once(self) -> None:
        self._turns += 1
        if self._turns > TURNS_MOST:
            self._turns = 0  # whoever is told has turns to end what runs
            raise Endless(f"after {TURNS_MOST} turns something is still ready")
        ready = self._ready
        if len(ready) > 1:
            shuffled = [*ready]
            self._shuffle(shuffled)
            ready.clear()
            ready.extend(shuffled)
        super()._run_once()

    def _shuffle(self, ready: list[Any]) -> None:
        """As `Random.shuffle`, number for number, without two calls for each of them."""
        draw = self._order.getrandbits
        for last in range(len(ready) - 1, 0, -1):
            width = (last + 1).bit_length()
            place = draw(width)
            while place > last:
                place = draw(width)
            ready[last], ready[place] = ready[place], ready[last]


def run_seeded(main: Coroutine[Any, Any, Answer], seed: int) -> Answer:
    """Run `main` to its end, in the order of `seed`; tasks that it leaves behind are cancelled."""
    with asyncio.Runner(loop_factory=lambda: SeededLoop(seed)) as runner:
        return runner.run(main)
