"""What is remembered of the state binds no longer than the state itself: every commit is seen by the next view."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from replication.state import served_state
from replication.state.lmdb_store import LmdbStore
from replication.state.rows import encode_row
from replication.state.served_state import ServedState
from replication.state.state_store import ADAPTER, BUILT, STREAMS, partition_prefix, row_key
from shared import events as e
from shared.errors import DependencyTimeout, KeyUnavailable
from shared.identifiers import key_stream
from shared.keys.model import Key
from tests.replication.folding import Folding
from tests.replication.written_log import ACCOUNT, WrittenLog, created, key_id

STREAM = key_stream(ACCOUNT, key_id(1))


class Region:
    """One key, in one partition, which is built, on a store of LMDB."""

    def __init__(self, store: LmdbStore) -> None:
        self.log, self.folding, self.store, self.served = WrittenLog(), Folding(store), store, ServedState(1)
        self.folding.apply(self.log.open(), self.log.write(created(1)))
        self.put(ADAPTER, BUILT, partition_prefix(0))

    def put(self, table: bytes, key: bytes, value: bytes) -> None:
        with self.store.write() as transaction:
            transaction.put(table, key, value)

    def key(self) -> Key:
        with self.store.read() as reading:
            key = self.served.view(reading).key(ACCOUNT, key_id(1))
        assert key is not None
        return key


@pytest.fixture
def region(tmp_path: Path) -> Iterator[Region]:
    store = LmdbStore(tmp_path / "state", writer=True)
    yield Region(store)
    store.close()


def test_a_change_is_seen_by_the_next_view(region: Region) -> None:
    assert region.key().state == "Enabled"
    region.folding.apply(region.log.write(e.KeyDisabled(ACCOUNT, key_id(1))))
    assert region.key().state == "Disabled"


def test_a_row_is_read_once_as_long_as_nothing_changes(region: Region) -> None:
    assert region.key() is region.key()


def test_a_view_that_is_held_keeps_what_it_has_shown(region: Region) -> None:
    with region.store.read() as reading:
        held = region.served.view(reading)
        region.folding.apply(region.log.write(e.KeyDisabled(ACCOUNT, key_id(1))))
        assert region.key().state == "Disabled"
        key = held.key(ACCOUNT, key_id(1))
        assert key is not None
        assert key.state == "Enabled"
    assert region.key().state == "Disabled"


def test_a_view_of_an_earlier_version_leaves_nothing_behind(region: Region) -> None:
    with region.store.read() as earlier:
        region.folding.apply(region.log.write(e.KeyDisabled(ACCOUNT, key_id(1))))
        assert region.served.view(earlier).key(ACCOUNT, key_id(1)) is not None
        assert region.key().state == "Disabled"


def test_a_partition_that_is_not_built_any_more_is_not_served_from_memory(region: Region) -> None:
    assert region.key().state == "Enabled"
    region.put(ADAPTER, BUILT, b"")
    with pytest.raises(DependencyTimeout):
        region.key()


def test_a_stream_that_freezes_is_not_served_from_memory(region: Region) -> None:
    assert region.key().state == "Enabled"
    region.put(STREAMS, row_key(0, STREAM), encode_row(2, None, frozen=True))
    with pytest.raises(KeyUnavailable):
        region.key()


def test_what_does_not_exist_is_found_once_it_does(region: Region) -> None:
    with region.store.read() as reading:
        assert region.served.view(reading).key(ACCOUNT, key_id(2)) is None
    region.folding.apply(region.log.write(created(2)))
    with region.store.read() as reading:
        assert region.served.view(reading).key(ACCOUNT, key_id(2)) is not None


def test_what_is_remembered_is_bounded(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served_state, "REMEMBERED_MOST", 2)
    with region.store.read() as reading:
        for number in range(10):
            region.served.view(reading).derived[number] = number
            assert len(region.served.view(reading).derived) <= 2
