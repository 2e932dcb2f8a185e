"""A small disk of its own for each region, so that one can be filled.

Owns mounting, filling and unmounting file systems in memory, which only root may.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

MEGABYTES = 512
BALLAST = "ballast"
CHUNK = bytes(1 << 20)


def may_mount() -> bool:
    return os.geteuid() == 0


def mount(directory: Path) -> None:
    """Errors: CalledProcessError."""
    directory.mkdir(parents=True, exist_ok=True)
    options = f"size={MEGABYTES}m,mode=700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)], check=True)


def unmount(directory: Path) -> None:
    subprocess.run(["umount", "-l", str(directory)], check=False)


@contextlib.contextmanager
def full(directory: Path) -> Iterator[None]:
    """There is no space left."""
    ballast = directory / BALLAST
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(CHUNK):
            pass
    try:
        yield
    finally:
        ballast.unlink()
