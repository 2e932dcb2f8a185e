"""A state that is ahead of another one: what it reads, and what it hands over."""

import pytest

from replication.fold.ahead_store import AheadStore, Changes
from replication.state.memory_store import MemoryStore
from replication.state.state_store import COMMANDS, STREAMS, StateStore


def put(store: StateStore, *rows: tuple[bytes, bytes]) -> None:
    with store.write() as transaction:
        transaction.put_many(STREAMS, rows)


def rows(store: StateStore) -> dict[bytes, bytes]:
    with store.read() as snapshot:
        scanned = dict(snapshot.scan(STREAMS, b"", b""))
        assert {key: snapshot.getter(STREAMS)(key) for key in scanned} == scanned
        return scanned


def commit(behind: StateStore, changes: Changes) -> None:
    with behind.write() as transaction:
        changes.write(transaction)


@pytest.fixture
def behind() -> MemoryStore:
    store = MemoryStore()
    put(store, (b"a", b"1"), (b"b", b"1"))
    return store


@pytest.fixture
def ahead(behind: MemoryStore) -> AheadStore:
    return AheadStore(behind)


def test_what_is_written_ahead_is_read_there_and_not_behind(behind: MemoryStore, ahead: AheadStore) -> None:
    put(ahead, (b"a", b"2"), (b"c", b"2"))
    put(ahead, (b"a", b"3"))
    assert rows(ahead) == {b"a": b"3", b"b": b"1", b"c": b"2"}
    assert rows(behind) == {b"a": b"1", b"b": b"1"}


def test_what_goes_ahead_is_gone_there_whatever_lies_behind(behind: MemoryStore, ahead: AheadStore) -> None:
    with ahead.write() as transaction:
        transaction.delete(STREAMS, b"a")
    with ahead.read() as snapshot:
        assert snapshot.get(STREAMS, b"a") is None
    assert rows(ahead) == {b"b": b"1"}
    put(ahead, (b"a", b"2"))
    assert rows(ahead) == {b"a": b"2", b"b": b"1"}


def test_the_changes_of_each_transaction_make_the_state_behind_the_same(behind: MemoryStore, ahead: AheadStore) -> None:
    with ahead.write() as transaction:
        transaction.put(COMMANDS, b"command", b"answer")
        transaction.put(STREAMS, b"a", b"2")
        transaction.delete(STREAMS, b"b")
    first = ahead.last()
    put(ahead, (b"b", b"3"))
    commit(behind, first)
    assert rows(behind) == {b"a": b"2"}
    commit(behind, ahead.last())
    assert rows(behind) == rows(ahead) == {b"a": b"2", b"b": b"3"}
    with behind.read() as snapshot:
        assert snapshot.get(COMMANDS, b"command") == b"answer"


def test_what_the_state_behind_has_by_now_is_read_there(behind: MemoryStore, ahead: AheadStore) -> None:
    put(ahead, (b"a", b"2"))
    first = ahead.last()
    put(ahead, (b"b", b"2"))
    ahead.caught_up(0)
    assert rows(ahead) == {b"a": b"2", b"b": b"2"}
    commit(behind, first)
    ahead.caught_up(1)
    assert rows(ahead) == {b"a": b"2", b"b": b"2"}
    put(behind, (b"a", b"behind"), (b"b", b"behind"))
    assert rows(ahead) == {b"a": b"behind", b"b": b"2"}
    ahead.caught_up(2)
    assert rows(ahead) == rows(behind)
