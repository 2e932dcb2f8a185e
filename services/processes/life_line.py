"""A child's life line to its parent: no process of a tree outlives the one that started it, not even after `kill -9`.

Owns a pipe whose writing end only the parent holds. The kernel closes it when the parent dies, however it dies; the
child's thread then reads the end of the pipe and leaves at once. Nothing needs a clean end: what was acknowledged is
durable, the rest is undone when the log is read again. On Linux the kernel also sends the child SIGKILL, which reaches
a child that does nothing any more.
"""

import ctypes
import os
import signal
import sys
import threading
from typing import NoReturn

ORPHANED = 75
"""The exit status of a child whose parent is gone (EX_TEMPFAIL of sysexits.h)."""
_PR_SET_PDEATHSIG = 1


class LifeLine:
    """The parent's side. Give `child_end` to each child (`pass_fds`, and its number on the command line)."""

    def __init__(self) -> None:
        self.child_end, self._parent_end = os.pipe()

    def close(self) -> None:
        """Let go: children that still run end themselves."""
        os.close(self._parent_end)
        os.close(self.child_end)


def hold(child_end: int) -> None:
    """The child's side: from now on this process ends when its parent does. `child_end` is the inherited pipe."""
    end_with_parent()
    threading.Thread(target=_wait_for_the_end, args=(child_end,), name="life-line", daemon=True).start()


def end_with_parent() -> None:
    """Also one that is stopped, or hangs, where the kernel can: it does nothing by itself any more."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _wait_for_the_end(child_end: int) -> NoReturn:
    while os.read(child_end, 1):
        pass
    os._exit(ORPHANED)
