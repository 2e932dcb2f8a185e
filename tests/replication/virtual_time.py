"""An event loop whose clock jumps to the next timer when there is nothing to do: hours of waiting in no time."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Answer = TypeVar("Answer")
Arguments = ParamSpec("Arguments")


class _NeverBlocking(selectors.DefaultSelector):
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


def in_virtual_time(test: Callable[Arguments, Coroutine[Any, Any, None]]) -> Callable[Arguments, None]:
    """For a test that is written as a coroutine."""

    @wraps(test)
    def run(*arguments: Arguments.args, **named: Arguments.kwargs) -> None:
        run_in_virtual_time(test(*arguments, **named))

    return run
