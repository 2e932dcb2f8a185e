"""Whose turn it is on the processor, within a process and between the node's processes.

Owns these two settings; each is made once, at a process's start.
"""

import os
import sys
from contextlib import suppress

SWITCH_SECONDS = 0.0003
"""By default a thread that has waited for the disk waits five milliseconds more for one that answers requests, and with
it every answer that the disk was asked for."""


def switch_soon() -> None:
    """Let a thread that has something to do wait no longer than a few requests take."""
    sys.setswitchinterval(SWITCH_SECONDS)


def interrupt_nobody() -> None:
    """Take a fair share of the processor, but never in the middle of another's work (sched(7), SCHED_BATCH; Linux)."""
    with suppress(AttributeError, OSError):  # another system, or one that forbids it: then it interrupts
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
