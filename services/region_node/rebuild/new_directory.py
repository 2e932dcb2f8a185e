"""A region's directory that is made anew, from an archive or from nothing: whole or not at all.

Owns what may be there before, and how what was made beside takes its place. What may be there is no part of a region:
the logs of a supervisor that has found none, and the broker that `keytide up --kafka` keeps there, whose files must not
move while it runs. The settings come last: without them no node starts.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.durable_file import PRIVATE_DIRECTORY, sync_directory
from services.region_node.settings.settings import SETTINGS_FILE

NO_PART_OF_IT = frozenset(("logs", "kafka"))


def is_vacant(directory: Path) -> bool:
    """Whether a region can be made there."""
    return not directory.exists() or (directory.is_dir() and _names(directory) <= NO_PART_OF_IT)


@contextmanager
def made_beside(directory: Path) -> Iterator[Path]:
    """Where to make it; what is there at the end takes its place in `directory`, and after a fault nothing is left.

    Errors: OSError.
    """
    beside = directory.with_name(f"{directory.name}.making")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(mode=PRIVATE_DIRECTORY, parents=True)
    try:
        yield beside
        _take_place(beside, directory)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _take_place(beside: Path, directory: Path) -> None:
    for folder in (*(path for path in beside.rglob("*") if path.is_dir()), beside):
        sync_directory(folder)
    directory.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
    moved: list[Path] = []
    try:
        for name in sorted(_names(beside), key=lambda name: (name == SETTINGS_FILE, name)):
            moved.append((beside / name).rename(directory / name))
    except OSError:
        for path in moved:
            path.rename(beside / path.name)
        raise
    sync_directory(directory)
    sync_directory(directory.parent)


def _names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}
