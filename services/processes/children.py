"""Several children kept alive together, and stopped in an order.

Owns the group's life: everything starts at once, a child that dies is started again, and on stopping the first phase
has ended before the second is asked to.
"""

import asyncio
import signal
from collections.abc import Sequence
from itertools import chain

from services.processes.child import Child, ChildCommand, Report
from services.processes.strangers import reap_where_first

STOPPING_SECONDS = 10.0


async def supervise(
    phases: Sequence[Sequence[ChildCommand]],
    stop: asyncio.Event,
    report: Report,
    stopping_seconds: float = STOPPING_SECONDS,
) -> None:
    """Keep the children of all `phases` alive until `stop` is set; then stop them phase by phase.

    Children of one phase stop at the same time; each phase has `stopping_seconds`, after which SIGKILL follows.
    """
    groups = [[Child(command, report) for command in phase] for phase in phases]
    lives = [asyncio.create_task(child.run()) for group in groups for child in group]
    reaping = asyncio.create_task(reap_where_first())
    try:
        await _until_stop(stop, lives)
    finally:
        # A signal to the whole group, or a later phase that ends by itself meanwhile, must not start anything again.
        for child in chain.from_iterable(groups):
            child.retire()
        for group in groups:
            await asyncio.gather(*(child.stop(stopping_seconds) for child in group))
        reaping.cancel()
        await asyncio.gather(*lives, reaping, return_exceptions=True)


async def _until_stop(stop: asyncio.Event, lives: Sequence[asyncio.Task[None]]) -> None:
    """A life ends by itself only through a fault of ours, which must not pass unseen."""
    stopped = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopped, *lives], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for life in done - {stopped}:
        life.result()


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT set `stop`, in the running loop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
