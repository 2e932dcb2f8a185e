"""Files that survive a power cut.

Owns the order of write, fsync, and link or rename. A failed fsync is an error for the caller: it is never tried again,
as the kernel may have dropped the pages that it could not write.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PRIVATE_FILE = 0o600
PRIVATE_DIRECTORY = 0o700


def write_new_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file that did not exist, readable by its owner only, and fsync it. The directory is the caller's to sync.

    Errors: FileExistsError; OSError.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, PRIVATE_FILE)
        file.write(content)
        file.flush()
        if durable:
            os.fsync(descriptor)


def place_new_file(path: Path, content: bytes) -> None:
    """Like `write_new_file`, but after a crash the file is there whole or not at all; its entry is durable too."""
    with placed_at_last(path) as unfinished:
        write_new_file(unfinished, content)


@contextmanager
def placed_at_last(path: Path) -> Iterator[Path]:
    """Where to write and sync what becomes `path` at the end, if nothing fails; its entry is durable then.

    Errors: FileExistsError where it is there, now or at the end; OSError.
    """
    if path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))  # as of the kernel: with its name
    unfinished = path.with_name(f"{path.name}.creating")
    unfinished.unlink(missing_ok=True)
    try:
        yield unfinished
        # A link, unlike a rename, never replaces what another process placed meanwhile.
        path.hardlink_to(unfinished)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_directory(path.parent)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to be written piece by piece, readable by its owner only: whole and durable at the end, or not there.

    Errors: FileExistsError; OSError.
    """
    with placed_at_last(path) as unfinished:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(descriptor)


def replace_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file in the place of what was there: readers and crashes find the one or the other, whole.

    After a power cut it is the new one, unless not `durable`: that is for what is written anew all the time. Readable
    by its owner only. Errors: OSError.
    """
    unfinished = path.with_name(f"{path.name}.creating")
    unfinished.unlink(missing_ok=True)
    write_new_file(unfinished, content, durable=durable)
    unfinished.replace(path)
    if durable:
        sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the directory's entries durable: files made, renamed and removed in it."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
