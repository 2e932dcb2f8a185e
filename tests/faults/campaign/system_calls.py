"""System calls of a running process that fail, by strace(1).

Owns attaching to the process and letting go of it.
"""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator

STRACE = shutil.which("strace")
SYNCING = "fsync,fdatasync,msync"


def can_trace() -> bool:
    """Whether this machine has strace, and lets it trace."""
    if STRACE is None:
        return False
    return subprocess.run([STRACE, "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def failing(process: int, calls: str, error: str) -> Iterator[None]:
    """Each of `calls` fails with `error` in the process, for as long as it lives."""
    if STRACE is None:
        raise FileNotFoundError("strace")
    inject = ("-e", f"trace={calls}", "-e", f"inject={calls}:error={error}")
    command = [STRACE, "-f", "-o", "/dev/null", *inject, "-p", str(process)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
        try:
            _wait_until_attached(strace)
            yield
        finally:
            strace.terminate()


def _wait_until_attached(strace: "subprocess.Popen[str]") -> None:
    for line in strace.stderr or ():
        if "attached" in line:
            return
    raise RuntimeError("strace could not attach")
