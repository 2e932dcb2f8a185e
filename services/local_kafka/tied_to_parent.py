"""Run a program that dies with the process that started it: `tied_to_parent.py PROGRAM ARGUMENTS...`.

A parent that is killed cannot stop its children, so this process stands between: it holds the end of a pipe (standard
input) whose other end only the parent has. When that closes, because the parent ended or closed it, the program is
killed. SIGTERM is handed on, Ctrl-C is left to the parent, and the program's exit status is this process's.

Should this process itself be killed, Linux kills the program (prctl(2), PR_SET_PDEATHSIG). That request alone would
not do: it follows the *thread* that started the program, and the parent may have many.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def command(program: Sequence[str]) -> list[str]:
    """The command line that runs `program` tied to its starter, who must make standard input a pipe."""
    return [sys.executable, "-I", "-S", __file__, *program]


def main(program: Sequence[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # until there is somebody to hand it on to
    child = subprocess.Popen(program, stdin=subprocess.DEVNULL, preexec_fn=_before_program)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    threading.Thread(target=_end_with, args=(child,), daemon=True).start()
    sys.stdin.buffer.read()
    child.kill()
    _end_with(child)


def _before_program() -> None:
    """Safe before exec here, unlike in the parent: this process has one thread."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_with(child: "subprocess.Popen[bytes]") -> None:
    status = child.wait()
    os._exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main(sys.argv[1:])
