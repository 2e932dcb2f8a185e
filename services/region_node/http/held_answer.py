"""An answer that does not leave yet.

Owns how it is waited for: by a function that is called with it, since there is one for nearly every request, and a
future would be three turns of the event loop; or by `await`, where a coroutine makes the answer.
"""

import asyncio
from collections.abc import Callable, Generator
from typing import Any

from services.region_node.requests.arrived import Answered


class HeldAnswer:
    """One waits for it, in one of both ways."""

    __slots__ = ("_leave", "_left")

    def __init__(self) -> None:
        self._leave: Callable[[Answered], None] | None = None
        self._left: Answered | None = None

    def then(self, leave: Callable[[Answered], None]) -> None:
        """`leave` is called with the answer, now or later, in the event loop."""
        if self._left is None:
            self._leave = leave
        else:
            leave(self._left)

    def let_go(self, answered: Answered) -> None:
        """Once."""
        self._left = answered
        if self._leave is not None:
            self._leave(answered)

    def __await__(self) -> Generator[Any, None, Answered]:
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self.then(lambda answered: None if future.done() else future.set_result(answered))  # it may be cancelled
        return future.__await__()
