"""What every process that holds secrets forbids itself.

Owns three limits: no core file, no reading of its memory by other processes of the same user (Linux: not dumpable, so
/proc/PID/mem and ptrace need privilege), and, on request, no swapping. Python cannot wipe memory; this bounds where it
goes.
"""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4
_MCL_CURRENT_AND_FUTURE = 3


def harden(*, lock_memory: bool = False) -> list[str]:
    """Apply the limits to this process. Returns what could not be had, in words for the log; never fails."""
    lacking = []
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not _call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0):
        lacking.append("memory stays readable to other processes of this user")
    if lock_memory and not _call("mlockall", _MCL_CURRENT_AND_FUTURE):
        lacking.append("memory may be swapped out (raise the limit of locked memory)")
    return lacking


def _call(function: str, *arguments: int) -> bool:
    if sys.platform != "linux":
        return False
    return bool(getattr(ctypes.CDLL(None, use_errno=True), function)(*arguments) == 0)
