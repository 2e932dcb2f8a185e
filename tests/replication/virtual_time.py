"""An event loop whose clock jumps to the next timer when there is nothing to do: hours of waiting in no time."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class _NeverBlocking(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Instead of waiting, it says how long the loop wanted to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everything waits, and no timer is set: nothing would ever happen again")
        self.skipped += max(0.0, timeout)
        return list(super().select(0))


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """For code that waits for timers and other tasks only: no sockets, no threads."""

    def __init__(self) -> None:
        self._virtual = _NeverBlocking()
        super().__init__(self._virtual)

    def time(self) -> float:
        # The resolution is added so that a timer is due once its whole time has been skipped.
        return self._virtual.skipped + 1e-6


def run_in_virtual_time(main: Coroutine[Any, Any, Answer]) -> Answer:
    """Run `main` to its end; tasks that it leaves behind are cancelled."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
