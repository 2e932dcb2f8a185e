"""Where a child's standard error goes: what it says when it cannot log any more.

Owns the file's bounds and finding the line that tells why a child died (a Python traceback ends with it).
"""

from pathlib import Path
from typing import BinaryIO

KEPT_BYTES = 256 * 1024
QUOTED_CHARACTERS = 300


def open_error_file(path: Path) -> BinaryIO:
    """Open for appending, mode 0600; a file grown beyond `KEPT_BYTES` begins anew."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return path.open("wb" if path.stat().st_size > KEPT_BYTES else "ab")


def last_error(path: Path) -> str:
    """The last line that says anything, or ""."""
    try:
        tail = path.read_bytes()[-8192:].decode(errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    return lines[-1][:QUOTED_CHARACTERS] if lines else ""
