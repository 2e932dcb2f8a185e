"""The contract of `replication/state/state_store.py`, passed by every implementation."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import lmdb
import pytest

from replication.fold.ahead_store import AheadStore
from replication.state import lmdb_store
from replication.state.lmdb_store import LmdbStore
from replication.state.memory_store import MemoryStore
from replication.state.state_store import INDEXES, STREAMS, TABLES, StateStore, StoreDamaged, StoreFailed, Transaction
from replication.state.unsettled import is_unsettled, mark_unsettled

MEBIBYTE = 1 << 20


STORES: Mapping[str, Callable[[Path], StateStore]] = {
    "lmdb": lambda directory: LmdbStore(directory, writer=True),
    "memory": lambda _: MemoryStore(),
    "ahead": lambda _: AheadStore(MemoryStore()),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateStore]:
    opened = STORES[request.param](tmp_path / "state")
    yield opened
    opened.close()


def put(store: StateStore, *rows: tuple[bytes, bytes], table: bytes = STREAMS) -> None:
    with store.write() as transaction:
        transaction.put_many(table, rows)


def scanned(store: StateStore, start: bytes, prefix: bytes, table: bytes = STREAMS) -> list[tuple[bytes, bytes]]:
    with store.read() as snapshot:
        return list(snapshot.scan(table, start, prefix))


def test_what_was_written_is_read(store: StateStore) -> None:
    put(store, (b"a", b"1"), (b"empty", b""))
    with store.read() as snapshot:
        assert snapshot.get(STREAMS, b"a") == b"1"
        assert snapshot.get(STREAMS, b"empty") == b""
        assert snapshot.get(STREAMS, b"b") is None


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_apart(store: StateStore, table: bytes) -> None:
    put(store, (b"a", table), table=table)
    with store.read() as snapshot:
        assert [name for name in TABLES if snapshot.get(name, b"a") is not None] == [table]
        assert [name for name in TABLES if snapshot.getter(name)(b"a") is not None] == [table]
    with store.write() as transaction:
        assert [name for name in TABLES if transaction.getter(name)(b"a") is not None] == [table]


def test_a_transaction_reads_its_own_writes(store: StateStore) -> None:
    put(store, (b"a", b"1"), (b"b", b"1"))
    with store.write() as transaction:
        transaction.put(STREAMS, b"a", b"2")
        transaction.put(STREAMS, b"c", b"2")
        transaction.delete(STREAMS, b"b")
        assert transaction.get(STREAMS, b"a") == b"2"
        assert transaction.get(STREAMS, b"b") is None
        assert list(transaction.scan(STREAMS, b"", b"")) == [(b"a", b"2"), (b"c", b"2")]


def test_many_rows_put_at_once_are_as_if_put_one_by_one(store: StateStore) -> None:
    put(store, (b"b", b"1"), (b"c", b"1"))
    with store.write() as transaction:
        transaction.put_many(STREAMS, [])
        transaction.put_many(STREAMS, [(b"d", b"2"), (b"a", b"2"), (b"c", b"2"), (b"a", b"3")])
        assert transaction.get(STREAMS, b"a") == b"3"
    assert scanned(store, b"", b"") == [(b"a", b"3"), (b"b", b"1"), (b"c", b"2"), (b"d", b"2")]


def test_scans_after_changes_in_one_transaction_stay_in_order(store: StateStore) -> None:
    with store.write() as transaction:
        for key in (b"d", b"a", b"c"):
            transaction.put(STREAMS, key, b"")
        assert [key for key, _ in transaction.scan(STREAMS, b"", b"")] == [b"a", b"c", b"d"]
        transaction.put(STREAMS, b"b", b"")
        transaction.delete(STREAMS, b"d")
        assert [key for key, _ in transaction.scan(STREAMS, b"", b"")] == [b"a", b"b", b"c"]


def test_an_exception_gives_everything_up(store: StateStore) -> None:
    put(store, (b"a", b"1"), (b"b", b"1"))

    def fail(transaction: Transaction) -> None:
        transaction.put(STREAMS, b"a", b"2")
        transaction.put(INDEXES, b"c", b"2")
        transaction.delete(STREAMS, b"b")
        raise RuntimeError("planted")

    with pytest.raises(RuntimeError, match="planted"), store.write() as transaction:
        fail(transaction)
    assert scanned(store, b"", b"") == [(b"a", b"1"), (b"b", b"1")]
    assert scanned(store, b"", b"", INDEXES) == []
    put(store, (b"c", b"3"))
    assert scanned(store, b"c", b"") == [(b"c", b"3")]


def test_a_snapshot_does_not_change_while_others_write(store: StateStore) -> None:
    put(store, (b"a", b"1"), (b"b", b"1"))
    with store.read() as before:
        with store.write() as transaction:
            transaction.put(STREAMS, b"a", b"2")
            transaction.delete(STREAMS, b"b")
            transaction.put(STREAMS, b"c", b"2")
        assert before.get(STREAMS, b"a") == b"1"
        assert list(before.scan(STREAMS, b"", b"")) == [(b"a", b"1"), (b"b", b"1")]
    assert scanned(store, b"", b"") == [(b"a", b"2"), (b"c", b"2")]


def test_the_version_grows_with_every_commit(store: StateStore) -> None:
    put(store, (b"a", b"1"))
    with store.read() as first, store.read() as same:
        put(store, (b"a", b"2"))
        with store.read() as second:
            put(store, (b"a", b"1"))
            with store.read() as third:
                assert first.version == same.version < second.version < third.version
                assert first.get(STREAMS, b"a") == b"1"


def test_many_snapshots_are_held_and_closed_in_any_order(store: StateStore) -> None:
    put(store, (b"a", b"1"))
    first, *others = [store.read() for _ in range(2000)]
    put(store, (b"a", b"2"))
    later = store.read()
    for reading in others:
        reading.close()
    assert (first.get(STREAMS, b"a"), later.get(STREAMS, b"a")) == (b"1", b"2")
    first.close()
    assert later.get(STREAMS, b"a") == b"2"
    later.close()


def test_nothing_is_visible_before_the_commit(store: StateStore) -> None:
    with store.write() as transaction:
        transaction.put(STREAMS, b"a", b"1")
        transaction.put(INDEXES, b"a", b"1")
        assert scanned(store, b"", b"") == []
    assert scanned(store, b"", b"") == scanned(store, b"", b"", INDEXES) == [(b"a", b"1")]


@pytest.mark.parametrize(
    ("start", "prefix", "found"),
    [
        (b"", b"", [b"\0\1", b"\0\2a", b"\0\2b", b"\0\2b\0", b"\xff"]),
        (b"\0\2", b"\0\2", [b"\0\2a", b"\0\2b", b"\0\2b\0"]),
        (b"\0\2b", b"\0\2", [b"\0\2b", b"\0\2b\0"]),
        (b"\0\2b\0", b"\0\2", [b"\0\2b\0"]),
        (b"\0\2c", b"\0\2", []),
        (b"\xff\xff", b"", []),
        (b"", b"\0\2", []),
    ],
)
def test_scans_go_in_key_order_from_the_start_while_the_prefix_holds(
    store: StateStore, start: bytes, prefix: bytes, found: list[bytes]
) -> None:
    put(store, *((key, b"") for key in (b"\xff", b"\0\2b\0", b"\0\1", b"\0\2b", b"\0\2a")))
    assert [key for key, _ in scanned(store, start, prefix)] == found


def test_deleting_what_is_not_there_is_no_fault(store: StateStore) -> None:
    with store.write() as transaction:
        transaction.delete(STREAMS, b"absent")
        transaction.put(STREAMS, b"a", b"1")
    assert scanned(store, b"", b"") == [(b"a", b"1")]


def test_a_key_may_be_as_long_as_a_stream_name_gets(store: StateStore) -> None:
    put(store, (b"k" * 511, b"v"))
    assert scanned(store, b"", b"") == [(b"k" * 511, b"v")]


def test_lmdb_keeps_its_rows_over_reopening(tmp_path: Path) -> None:
    first = LmdbStore(tmp_path, writer=True)
    put(first, (b"a", b"1"))
    first.close()
    again = LmdbStore(tmp_path, writer=True)
    assert scanned(again, b"", b"") == [(b"a", b"1")]
    again.close()


def test_a_state_that_is_built_is_read_and_stays_when_it_is_settled(store: StateStore) -> None:
    put(store, (b"a", b"1"))
    store.build()
    put(store, (b"b", b"2"))
    assert scanned(store, b"", b"") == [(b"a", b"1"), (b"b", b"2")]
    store.build()  # again does nothing
    store.settle()
    put(store, (b"c", b"3"))
    store.settle()
    assert scanned(store, b"", b"") == [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]


@pytest.mark.parametrize("settle", [LmdbStore.settle, LmdbStore.close])
def test_a_state_that_is_built_is_marked_until_it_is_settled(
    tmp_path: Path, settle: Callable[[LmdbStore], None]
) -> None:
    store = LmdbStore(tmp_path, writer=True)
    assert (store.syncs, is_unsettled(tmp_path)) == (True, False)
    store.build()
    assert (store.syncs, is_unsettled(tmp_path)) == (False, True)
    put(store, (b"a", b"1"))
    settle(store)
    assert not is_unsettled(tmp_path)
    store.close()
    again = LmdbStore(tmp_path, writer=True)
    assert (again.syncs, scanned(again, b"", b"")) == (True, [(b"a", b"1")])
    again.close()


def test_a_state_whose_building_was_broken_off_is_not_written_again(tmp_path: Path) -> None:
    LmdbStore(tmp_path, writer=True).close()
    mark_unsettled(tmp_path)
    damage: list[str] = []
    with pytest.raises(StoreDamaged, match="broken off"):
        LmdbStore(tmp_path, writer=True, damaged=damage.append)
    assert len(damage) == 1


def test_a_state_that_did_not_reach_the_disk_is_damaged_and_stays_marked(tmp_path: Path) -> None:
    damage: list[str] = []
    store = LmdbStore(tmp_path, writer=True, damaged=damage.append)
    store.build()
    store._environment.close()  # so that LMDB refuses to sync
    with pytest.raises(StoreDamaged, match="brought to the disk"):
        store.settle()
    with pytest.raises(StoreDamaged):
        store.read()
    store.close()
    assert (len(damage), is_unsettled(tmp_path)) == (1, True)


READER = """
import sys
from pathlib import Path
from replication.state.lmdb_store import LmdbStore
from replication.state.state_store import STREAMS
store = LmdbStore(Path(sys.argv[1]), writer=False)
with store.read() as held:
    print(held.get(STREAMS, b"a"), flush=True)
    sys.stdin.readline()
    print(held.get(STREAMS, b"a"), flush=True)
with store.read() as fresh:
    print(fresh.get(STREAMS, b"a"), flush=True)
try:
    with store.write() as transaction:
        transaction.put(STREAMS, b"a", b"3")
except Exception as error:
    print(type(error).__name__, flush=True)
"""


def test_another_process_reads_one_state_while_this_one_writes(tmp_path: Path) -> None:
    store = LmdbStore(tmp_path, writer=True)
    put(store, (b"a", b"1"))
    command = [sys.executable, "-c", READER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == "b'1'\n"
        put(store, (b"a", b"2"))
        held, _ = reader.communicate("go on\n", timeout=30)
    assert held.splitlines() == ["b'1'", "b'2'", "StoreFailed"]
    store.close()


def test_a_damaged_page_is_told_once_and_nothing_is_answered_any_more(tmp_path: Path) -> None:
    store = LmdbStore(tmp_path, writer=True)
    put(store, *((b"%06d" % number, b"x" * 100) for number in range(2_000)))
    store.close()
    spoil_page(tmp_path / "data.mdb", b"001000")
    told: list[str] = []
    damaged = LmdbStore(tmp_path, writer=False, damaged=told.append)
    with damaged.read() as snapshot:
        assert snapshot.get(STREAMS, b"000000") == b"x" * 100
        with pytest.raises(StoreDamaged, match="is damaged"):
            snapshot.get(STREAMS, b"001000")
        with pytest.raises(StoreDamaged):
            list(snapshot.scan(STREAMS, b"", b""))
    with pytest.raises(StoreDamaged):
        damaged.read()
    assert len(told) == 1
    damaged.close()


def spoil_page(file: Path, held: bytes) -> None:
    """Wipe the head of every page that holds these bytes."""
    content = bytearray(file.read_bytes())
    for start in range(0, len(content), 4096):
        if held in content[start : start + 4096]:
            content[start : start + 16] = bytes(16)
    file.write_bytes(content)


def test_a_reader_finds_no_store_that_was_never_made(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="cannot be opened"):
        LmdbStore(tmp_path / "absent", writer=False)
    assert not (tmp_path / "absent").exists()


def test_a_full_map_stops_the_store_and_keeps_what_was_committed(tmp_path: Path) -> None:
    store = LmdbStore(tmp_path, writer=True, map_bytes=MEBIBYTE)
    put(store, (b"a", b"1"))
    with pytest.raises(StoreFailed, match="free disk space"):
        put(store, (b"a", b"2"), *((b"%d" % number, b"x" * 4096) for number in range(1000)))
    with pytest.raises(StoreFailed, match="free disk space"):
        put(store, (b"b", b"small"))
    with pytest.raises(StoreFailed, match="free disk space"), store.read():
        pass
    store.close()
    again = LmdbStore(tmp_path, writer=True, map_bytes=4 * MEBIBYTE)
    assert scanned(again, b"", b"") == [(b"a", b"1")]
    put(again, (b"a", b"3"))
    again.close()


def test_a_store_that_is_not_ready_can_be_opened_later_by_the_same_process(tmp_path: Path) -> None:
    lmdb.open(str(tmp_path), max_dbs=1).close()
    with pytest.raises(StoreFailed, match="cannot be opened"):
        LmdbStore(tmp_path, writer=False)
    LmdbStore(tmp_path, writer=True).close()
    LmdbStore(tmp_path, writer=False).close()


def test_lmdb_says_that_it_has_no_room_for_a_reader_and_goes_on_when_one_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lmdb_store, "MAX_READERS", 2)
    store = LmdbStore(tmp_path / "state", writer=True)
    put(store, (b"a", b"1"))
    with store.read(), store.read(), pytest.raises(StoreFailed, match="readers already"):
        store.read()
    assert scanned(store, b"", b"") == [(b"a", b"1")]
    store.close()


def test_a_closed_snapshot_takes_no_readers_place_whoever_still_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lmdb_store, "MAX_READERS", 2)
    store = LmdbStore(tmp_path / "state", writer=True)
    put(store, (b"a", b"1"))
    held = [store.read() for _ in range(2)]
    for reading in held:
        reading.close()
    with store.read() as first, store.read() as second:
        assert [dict(reading.scan(STREAMS, b"", b"")) for reading in (first, second)] == [{b"a": b"1"}] * 2
    assert len(held) == 2
    store.close()


HOLDS = """
import os, sys
from pathlib import Path
from replication.state.lmdb_store import LmdbStore
store = LmdbStore(Path(sys.argv[1]), writer=False)
held = [store.read(), store.read()]
os.kill(os.getpid(), 9)
"""


def test_the_places_of_readers_that_were_killed_are_free_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmdb_store, "MAX_READERS", 2)
    store = LmdbStore(tmp_path / "state", writer=True)
    put(store, (b"a", b"1"))
    killed = subprocess.run([sys.executable, "-c", HOLDS, str(tmp_path / "state")], check=False)
    assert killed.returncode == -9
    assert scanned(store, b"", b"") == [(b"a", b"1")]
    store.close()
