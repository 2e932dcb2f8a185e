"""The auditor's own fold: applied records tell entries, void ones none, and a crash before the commit repeats them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from replication.fold.materializer import Identity
from replication.log.event_log import Entry
from services.audit.record_fold import RecordFold, open_record_fold
from tests.replication.written_log import HOME, RECORD_KEY, WrittenLog, created, described, request, stream

IDENTITY = Identity(HOME, 1, RECORD_KEY)
Told = list[tuple[int, list[str]]]


@pytest.fixture
def log() -> WrittenLog:
    """An opening, a key, a change of it, one that rests on an old revision and is void, and another change."""
    written = WrittenLog()
    written.open()
    written.write(created(1))
    written.write(described(1, "one"), expected={stream(1): 1}, request=request("UpdateKeyDescription"))
    written.write(described(1, "late"), expected={stream(1): 1}, request=request("UpdateKeyDescription"))
    written.write(described(1, "two"), expected={stream(1): 2}, request=request("UpdateKeyDescription"))
    return written


@contextmanager
def _fold(directory: Path, log_identity: str = "log") -> Iterator[RecordFold]:
    fold = open_record_fold(directory, IDENTITY, log_identity)
    try:
        yield fold
    finally:
        fold.close()


def _told(fold: RecordFold, log: WrittenLog, until: int = 1_000) -> Told:
    """The number of each record that tells something, with the operations of its entries."""
    first = fold.position(0)
    read = [Entry(position, record) for position, record in enumerate(log.records[first:until], first)]
    told = fold.apply(0, read) if read else ()
    return [(number, [entry.operation for entry in entries]) for number, entries in told if entries]


ALL: Told = [(2, ["CreateKey"]), (3, ["UpdateKeyDescription"]), (5, ["UpdateKeyDescription"])]


def test_applied_records_tell_and_void_ones_do_not(tmp_path: Path, log: WrittenLog) -> None:
    with _fold(tmp_path) as fold:
        assert _told(fold, log) == ALL


def test_the_origin_is_the_records_number(tmp_path: Path, log: WrittenLog) -> None:
    with _fold(tmp_path) as fold:
        read = [Entry(position, record) for position, record in enumerate(log.records)]
        entries = [entry for told in fold.apply(0, read) for entry in told.entries]
    assert [entry.origin and entry.origin.number for entry in entries] == [2, 3, 5]


@pytest.mark.parametrize("cut", range(6))
def test_what_was_not_committed_is_told_again_after_a_crash_and_what_was_is_not(
    tmp_path: Path, log: WrittenLog, cut: int
) -> None:
    with _fold(tmp_path) as fold:
        committed = _told(fold, log, cut)
        fold.commit()
        _told(fold, log)
    with _fold(tmp_path) as fold:
        assert committed + _told(fold, log) == ALL


def test_what_is_given_up_is_told_again(tmp_path: Path, log: WrittenLog) -> None:
    with _fold(tmp_path) as fold:
        assert _told(fold, log) == ALL
        fold.give_up()
        assert _told(fold, log) == ALL


def test_a_record_that_waits_for_one_before_it_is_told_in_its_turn(tmp_path: Path, log: WrittenLog) -> None:
    log.records[2], log.records[4] = log.records[4], log.records[2]
    log.records.append(log.records[3])
    with _fold(tmp_path) as fold:
        first = _told(fold, log, 3)
        fold.commit()
        assert first + _told(fold, log) == ALL


def test_another_log_is_folded_from_its_beginning(tmp_path: Path, log: WrittenLog) -> None:
    with _fold(tmp_path) as fold:
        _told(fold, log)
        fold.commit()
    with _fold(tmp_path, "another") as fold:
        assert _told(fold, log) == ALL
    assert len(list(tmp_path.iterdir())) == 1


def test_a_damaged_fold_is_made_again(tmp_path: Path, log: WrittenLog) -> None:
    with _fold(tmp_path) as fold:
        _told(fold, log)
        fold.commit()
    (store,) = tmp_path.iterdir()
    (store / "data.mdb").write_bytes(b"damage" * 10_000)
    with _fold(tmp_path) as fold:
        assert _told(fold, log) == ALL
