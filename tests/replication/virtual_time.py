"""An event loop whose clock jumps to the next timer when there is nothing to do: hours of waiting in no time."""

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from contextvars import Context
from functools import wraps
from typing import Any, ParamSpec, TypeVar, TypeVarTuple, cast

Answer = TypeVar("Answer")
Arguments = ParamSpec("Arguments")
Values = TypeVarTuple("Values")
TIMERS_FEW = 100
"""So many timers may stand in the heap whatever part of them was cancelled, as in asyncio's own loops."""


class VirtualTimeLoop(asyncio.BaseEventLoop):
    """For code that waits for timers and other tasks only: no sockets, no threads. The system is asked for nothing."""

    _clock_resolution: float
    _ready: Any
    _scheduled: list[Any]
    _stopping: bool
    _timer_cancelled_count: int

    def __init__(self) -> None:
        self._skipped = 0.0
        super().__init__()

    def time(self) -> float:
        # The resolution is added so that a timer is due once its whole time has been skipped.
        return self._skipped + 1e-6

    def call_soon(
        self, callback: Callable[[*Values], object], *args: *Values, context: Context | None = None
    ) -> asyncio.Handle:
        """As asyncio's own loops, which ask before whether they are closed or debugged."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at(
        self, when: float, callback: Callable[[*Values], object], *args: *Values, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer: Any = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return cast(asyncio.TimerHandle, timer)

    def _run_once(self) -> None:
        """One turn, in the order of asyncio's own loops: what is ready, then the timers that are due."""
        ready = self._ready
        if self._scheduled:
            self._drop_cancelled()
        if not ready and not self._stopping:
            self._skip()
        due = self.time() + self._clock_resolution
        while self._scheduled and self._scheduled[0]._when < due:
            timer = heapq.heappop(self._scheduled)
            timer._scheduled = False
            ready.append(timer)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()

    def _drop_cancelled(self) -> None:
        timers = self._scheduled
        if len(timers) > TIMERS_FEW and 2 * self._timer_cancelled_count > len(timers):
            for timer in timers:
                timer._scheduled = not timer._cancelled
            self._scheduled = [timer for timer in timers if not timer._cancelled]
            heapq.heapify(self._scheduled)
            self._timer_cancelled_count = 0
        while self._scheduled and self._scheduled[0]._cancelled:
            self._timer_cancelled_count -= 1
            timer = heapq.heappop(self._scheduled)
            timer._scheduled = False

    def _skip(self) -> None:
        """Instead of waiting, note how long the loop would have waited."""
        if not self._scheduled:
            raise AssertionError("everything waits, and no timer is set: nothing would ever happen again")
        self._skipped += max(0.0, self._scheduled[0]._when - self.time())

    def _write_to_self(self) -> None:
        """It never sleeps, and need not be woken."""

    def _process_events(self, _events: object) -> None:
        """There are none."""


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
