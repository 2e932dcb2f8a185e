"""How soon a thread of a process gets the interpreter's lock.

Owns that setting, for processes in which one thread does nearly all of the work. By default another one that has waited
for the disk waits five milliseconds more, and with it every answer that the disk was asked for.
"""

import sys

SWITCH_SECONDS = 0.0003


def switch_soon() -> None:
    """Let a thread that has something to do wait for no more than a few requests."""
    sys.setswitchinterval(SWITCH_SECONDS)
