"""How the system schedules a process beside those that answer requests.

Owns that one setting; it is made once, at a process's start.
"""

import os
from contextlib import suppress


def interrupt_nobody() -> None:
    """Take a fair share of the processor, but never in the middle of another's work (sched(7), SCHED_BATCH; Linux)."""
    with suppress(AttributeError, OSError):  # another system, or one that forbids it: then it interrupts
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
