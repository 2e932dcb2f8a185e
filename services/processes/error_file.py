"""Where a child's standard error goes: what it says when it cannot log any more.

Owns the file's bounds and finding the line that tells why a child died (a Python traceback ends with it).
"""

from pathlib import Path
from typing import BinaryIO

KEPT_BYTES = 256 * 1024
QUOTED_CHARACTERS = 300
_FRAME = " \t|+-"


def open_error_file(path: Path) -> BinaryIO:
    """Open for appending, mode 0600; a file grown beyond `KEPT_BYTES` begins anew."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return path.open("wb" if path.stat().st_size > KEPT_BYTES else "ab")


def last_error(path: Path) -> str:
    """The last line that says anything, without the frame that Python draws around a group's exceptions, or ""."""
    try:
        tail = path.read_bytes()[-8192:].decode(errors="replace")
    except OSError:
        return ""
    lines = [said for line in tail.splitlines() if (said := line.strip(_FRAME))]
    return lines[-1][:QUOTED_CHARACTERS] if lines else ""
