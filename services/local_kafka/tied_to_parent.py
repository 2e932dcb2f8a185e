"""Run a program that dies with the process that started it: `tied_to_parent.py PARENT-PID PROGRAM ARGUMENTS...`.

A parent that is killed cannot stop its children; Linux can (prctl(2), PR_SET_PDEATHSIG). The request is made here, in
a process of its own that becomes the program, because a `preexec_fn` is unsafe in a parent that has threads. The
signal also comes when the *thread* that started this process ends: start it from one that lives on.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def command(program: Sequence[str]) -> list[str]:
    """The command line that runs `program` tied to this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *program]


def main(arguments: Sequence[str]) -> None:
    parent, *program = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == int(parent):  # else it died before the request was made
        os.execvp(program[0], program)  # noqa: S606 - becoming the program is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
