"""The processes of a region on this machine, told by the directory on their command lines.

Owns finding and ending them. What names another directory is never touched.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from services.drill.faults import CannotDrill

_LISTING = ("ps", "-eww", "-o", "pid=", "-o", "args=")


class Process(NamedTuple):
    number: int
    words: tuple[str, ...]


def of_directory(place: Path) -> list[Process]:
    """Those that were told `--directory PLACE`. Errors: CannotDrill, here and below, where processes are not listed."""
    return [process for process in _all() if _directory_of(process) == place.resolve()]


def broker_in(folder: Path) -> list[Process]:
    """The Java process whose files are in `folder`, not the one that ties it to its starter."""
    rows = [row for row in _all() if any(word.startswith(str(folder.resolve())) for word in row.words)]
    return [row for row in rows if Path(row.words[0]).name == "java"]


def kill(processes: Sequence[Process]) -> None:
    """SIGKILL. Some of them may have ended."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.number, signal.SIGKILL)


def _all() -> Iterator[Process]:
    try:
        listing = subprocess.run(_LISTING, capture_output=True, text=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        raise CannotDrill("the regions' processes are found by `ps -eww`, which is not here (Debian: procps)") from None
    for line in listing.splitlines():
        number, *words = line.split()
        if words:
            yield Process(int(number), tuple(words))


def _directory_of(process: Process) -> Path | None:
    words = process.words
    if "services.cli" not in words or "--directory" not in words[:-1]:
        return None
    named = Path(words[words.index("--directory") + 1])
    return named if named.is_absolute() else _beneath_its_own(process, named)


def _beneath_its_own(process: Process, named: Path) -> Path | None:
    """A relative name is one beneath the directory in which the process works."""
    try:
        return (Path(f"/proc/{process.number}/cwd").readlink() / named).resolve()
    except OSError:
        return None
