"""A file that turns out not to be what it should is told of in one way, and is not left open."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from services.audit.trail.books import FILE, TrailBooks
from services.audit.trail.forms import TrailUnavailable
from services.audit.trail.segment import make_segment, open_to_read, open_to_write
from services.region_node.worker.usage_store import UsageStore
from services.sqlite_file import opened
from services.usage.region_uses import RegionUses
from services.usage.usage_file import UsageUnavailable
from services.usage.usage_reader import UsageReader
from services.usage.usage_writer import UsageWriter

TIME = 1_700_000_000_000
KEY = "arn:aws:kms:us-east-1:111122223333:key/1"


def open_files(within: Path) -> list[str]:
    """Those that this process has open in the directory."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:  # that of the listing itself
            continue
        if target.startswith(f"{within}/"):
            found.append(target)
    return found


def a_segment(directory: Path) -> Path:
    return make_segment(directory, 1, None)


def a_usage(directory: Path) -> Path:
    path = directory / "usage.sqlite"
    UsageWriter(path, TIME).close()
    return path


def some_books(directory: Path) -> Path:
    TrailBooks(directory, write=True).close()
    return directory / FILE


def damage(path: Path) -> None:
    """Not a file of SQLite any more."""
    path.write_bytes(b"-" * 8192)


def of_a_later_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE facts SET value = 1000 WHERE name = 'form'")


def of_no_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE facts SET value = 'none' WHERE name = 'form'")


CASES = [
    (make, read, fault, spoil)
    for make, read, fault in (
        (a_segment, open_to_read, TrailUnavailable),
        (a_segment, open_to_write, TrailUnavailable),
        (a_usage, UsageReader, UsageUnavailable),
        (a_usage, lambda path: UsageWriter(path, TIME), UsageUnavailable),
    )
    for spoil in (damage, of_a_later_version, of_no_version)
] + [
    (some_books, lambda path: TrailBooks(path.parent).last_digest(), TrailUnavailable, damage),
    (some_books, lambda path: TrailBooks(path.parent, write=True), TrailUnavailable, damage),
]


@pytest.mark.parametrize(("make", "read", "fault", "spoil"), CASES)
def test_what_cannot_be_read_is_closed_again(
    tmp_path: Path,
    make: Callable[[Path], Path],
    read: Callable[[Path], object],
    fault: type[Exception],
    spoil: Callable[[Path], None],
) -> None:
    path = make(tmp_path)
    spoil(path)
    with pytest.raises(fault) as caught:
        read(path)
    assert str(path) in str(caught.value)
    # `caught` keeps the frames, and with them a connection that nobody has closed.
    assert open_files(tmp_path) == []


def test_what_is_good_stays_open_after_the_block(tmp_path: Path) -> None:
    path = a_segment(tmp_path)
    with opened(path, "ro", 1) as connection:
        pass
    with closing(connection):
        assert connection.execute("SELECT count(*) FROM facts").fetchone()[0] > 0


def test_a_reader_that_fails_is_closed_and_another_one_tries_again(tmp_path: Path) -> None:
    path = a_usage(tmp_path / "usage")
    uses = RegionUses(UsageStore(tmp_path / "own", lambda: TIME + 5), path)
    assert uses.tracking_since() == TIME
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE facts SET value = 'none' WHERE name = 'since'")
    assert uses.tracking_since() == TIME + 5, "what this node knows by itself"
    assert open_files(path.parent) == []
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE facts SET value = ? WHERE name = 'since'", (TIME,))
    assert uses.tracking_since() == TIME
    assert uses.last_use(KEY) is None
