"""A state as it was is the fold of the log up to then, and nothing of what came after."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from replication.fold import past
from replication.fold.materializer import Identity
from replication.fold.past import Until, fold_until
from replication.log.event_log import Entry
from replication.state.view import SnapshotView
from tests.replication.written_log import ACCOUNT, HOME, RECORD_KEY, WrittenLog, created, described, key_id

IDENTITY = Identity(HOME, 1, RECORD_KEY)


class ListedLog:
    """A log in a list, as far as it is read."""

    def __init__(self, records: list[bytes]) -> None:
        self._entries = [Entry(position, record) for position, record in enumerate(records)]

    async def end(self, _partition: int) -> int:
        return len(self._entries)

    async def read(self, _partition: int, start: int, limit: int) -> Sequence[Entry]:
        return self._entries[start : start + limit]


@pytest.fixture
def log() -> WrittenLog:
    """An opening, a key, and five descriptions: sequences 1 to 7, a second each."""
    written = WrittenLog()
    written.open()
    written.write(created(1))
    for number in range(5):
        written.write(described(1, f"description {number}"))
    return written


def description(log: Any, until: Until) -> str | None:
    store = asyncio.run(fold_until(log, IDENTITY, {0: until}))
    view = SnapshotView(store.read(), 1)
    key = view.key(ACCOUNT, key_id(1))
    return None if key is None else key.description


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_the_fold_stops_with_the_sequence(log: WrittenLog, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "READ_MOST", most)
    found = [description(ListedLog(log.records), Until(sequence=sequence)) for sequence in (0, 1, 2, 3, 7, 99)]
    assert found == [None, None, "", "description 0", "description 4", "description 4"]


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_the_fold_stops_before_what_is_later(log: WrittenLog, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "READ_MOST", most)
    end = log.time
    times = (end - 7_000, end - 5_000, end - 4_000, end - 3_001, end, end + 1)
    found = [description(ListedLog(log.records), Until(time=time)) for time in times]
    assert found == [None, "", "description 0", "description 0", "description 4", "description 4"]


def test_what_is_no_record_stops_nothing(log: WrittenLog) -> None:
    records = [*log.records[:3], b"no record", *log.records[3:]]
    assert description(ListedLog(records), Until(time=log.time)) == "description 4"
    assert description(ListedLog(records), Until(sequence=7)) == "description 4"


def test_progress_is_told(log: WrittenLog) -> None:
    told: list[tuple[int, int]] = []
    listed: Any = ListedLog(log.records)
    asyncio.run(fold_until(listed, IDENTITY, {0: Until()}, lambda done, total: told.append((done, total))))
    assert told == [(7, 7)]
