"""The life of a process that does one thing until it is told to stop.

Owns that SIGTERM cancels it, and the heartbeat by which its parent sees that it has not come to a stand.
"""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any

from services.processes.heartbeat import beat


async def run_until_stopped(work: Coroutine[Any, Any, None], log: logging.Logger) -> None:
    """Run `work` until it ends or SIGTERM comes. Errors: those of `work`."""
    running, beating = asyncio.create_task(work), asyncio.create_task(beat())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        log.info("stopped")
    finally:
        beating.cancel()
