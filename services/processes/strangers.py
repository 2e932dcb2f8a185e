"""Children of others that are left to this process: in a container the first one gets those whose parent has died.

Owns waiting for them, without which they stay in the table of processes, until no other can be started. Own children
are waited for by who has started them, and within moments: who was dead a turn ago already is a stranger.
"""

import asyncio
import os
from contextlib import suppress

TURN_SECONDS = 1.0
FIRST_PROCESS = 1


async def reap_where_first() -> None:
    """For ever, in the first process of a container or a machine; elsewhere there is nothing to do."""
    if os.getpid() == FIRST_PROCESS:
        await reap_strangers(TURN_SECONDS)


async def reap_strangers(turn_seconds: float) -> None:
    """For ever."""
    before = None
    while True:
        await asyncio.sleep(turn_seconds)
        dead = _dead_child()
        if dead is not None and dead == before:
            _wait_for(dead)
            dead = _dead_child()
        before = dead


def _wait_for(dead: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(dead, os.WNOHANG)


def _dead_child() -> int | None:
    """One that nobody has waited for yet."""
    with suppress(ChildProcessError):
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return None if found is None else found.si_pid
    return None
