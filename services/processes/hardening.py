"""What every process that holds secrets forbids itself.

Owns two limits: no core file, and no reading of its memory by other processes of the same user (Linux: not dumpable, so
/proc/PID/mem and ptrace need privilege). Python cannot wipe memory; this bounds where it goes.
"""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4


def harden() -> list[str]:
    """Apply the limits to this process. Returns what could not be had, in words for the log; never fails."""
    lacking = []
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not _call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0):
        lacking.append("memory stays readable to other processes of this user")
    return lacking


def _call(function: str, *arguments: int) -> bool:
    if sys.platform != "linux":
        return False
    return bool(getattr(ctypes.CDLL(None, use_errno=True), function)(*arguments) == 0)
