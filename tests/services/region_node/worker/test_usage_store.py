"""The file of last uses: it keeps the latest, begins once, and a fault of it is told."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lmdb
import pytest

from services.region_node.worker import usage_store
from services.region_node.worker.usage_store import LastUse, UsageStore, UsageStoreUnavailable

KEY, OTHER = (f"arn:aws:kms:us-east-1:111122223333:key/{number}" for number in (1, 2))
NOW = 1_700_000_000_000


@contextmanager
def opened(directory: Path, now: int = NOW) -> Iterator[UsageStore]:
    store = UsageStore(directory, lambda: now)
    try:
        yield store
    finally:
        store.close()


def used(time: int, operation: str = "Encrypt") -> LastUse:
    return LastUse(operation, time, f"request {time}")


def test_uses_survive_a_restart(tmp_path: Path) -> None:
    event = LastUse("Decrypt", 5, "request", "event")
    with opened(tmp_path / "usage") as store:
        store.merge({KEY: event})
    with opened(tmp_path / "usage") as store:
        assert store.last_use(KEY) == event
        assert store.last_use(OTHER) is None


def test_the_later_use_stands_in_whatever_order_they_come(tmp_path: Path) -> None:
    with opened(tmp_path / "usage") as store:
        for time in (5, 9, 7):
            store.merge({KEY: used(time)})
        assert store.last_use(KEY) == used(9)


def test_more_uses_than_one_transaction_takes(tmp_path: Path) -> None:
    uses = {f"{KEY}{number}": used(number) for number in range(2 * usage_store.BATCH + 1)}
    with opened(tmp_path / "usage") as store:
        store.merge(uses)
        assert all(store.last_use(name) == use for name, use in uses.items())


def test_tracking_begins_when_the_file_is_made_and_anew_when_it_is_lost(tmp_path: Path) -> None:
    for now in (NOW, NOW + 5):
        with opened(tmp_path / "usage", now) as store:
            assert store.tracking_since() == NOW
    (tmp_path / "usage").rename(tmp_path / "lost")
    with opened(tmp_path / "usage", NOW + 9) as store:
        assert store.tracking_since() == NOW + 9


def merge_many(directory: Path, first: int) -> None:
    with opened(directory) as store:
        for time in range(first, first + 40, 2):
            store.merge({KEY: used(time), f"{OTHER}{time}": used(time)})


def test_two_workers_write_one_file(tmp_path: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    workers = [spawning.Process(target=merge_many, args=(tmp_path / "usage", first)) for first in (100, 101)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    with opened(tmp_path / "usage") as store:
        assert store.last_use(KEY) == used(139)
        assert all(store.last_use(f"{OTHER}{time}") == used(time) for time in range(100, 140))


def test_what_cannot_be_opened_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "usage").write_text("in the way")
    with opened(tmp_path / "usage") as store:
        for attempt in (lambda: store.merge({KEY: used(5)}), lambda: store.last_use(KEY), store.tracking_since):
            with pytest.raises(UsageStoreUnavailable, match="cannot be opened"):
                attempt()
        (tmp_path / "usage").unlink()
        store.merge({KEY: used(5)})
        assert store.last_use(KEY) == used(5)


def test_a_full_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_store, "MAP_BYTES", 1 << 16)
    with opened(tmp_path / "usage") as store:
        store.merge({KEY: used(5)})
        with pytest.raises(UsageStoreUnavailable, match="cannot be written"):
            store.merge({f"{KEY}{number}": used(number) for number in range(5_000)})
        assert store.last_use(KEY) == used(5)


def test_a_damaged_row_is_told(tmp_path: Path) -> None:
    with opened(tmp_path / "usage") as store:
        store.merge({KEY: used(5)})
    with lmdb.open(str(tmp_path / "usage")) as environment, environment.begin(write=True) as transaction:
        transaction.put(KEY.encode(), b"\xc1")
    with opened(tmp_path / "usage") as store, pytest.raises(UsageStoreUnavailable, match="cannot be read"):
        store.last_use(KEY)


def test_the_directory_is_the_nodes_own(tmp_path: Path) -> None:
    with opened(tmp_path / "usage") as store:
        store.merge({KEY: used(5)})
    assert (tmp_path / "usage").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "usage" / "data.mdb").stat().st_mode & 0o777 == 0o600
