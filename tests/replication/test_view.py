"""The view of requests reads nothing of a partition that is not built."""

from collections.abc import Callable

import pytest

from replication.state_store import ADAPTER, BUILT, StateStore, partition_prefix
from replication.view import SnapshotView, served
from shared import events as e
from shared.errors import DependencyTimeout
from shared.identifiers import access_key_id, key_stream, partition_of
from tests.replication.folding import Folding
from tests.replication.written_log import ACCOUNT, WrittenLog, created, key_id

PARTITIONS = 2
ELSEWHERE = next(f"{number:012}" for number in range(99) if partition_of(f"{number:012}", PARTITIONS) == 1)
READS: dict[str, Callable[[SnapshotView], object]] = {
    "key": lambda view: view.key(ACCOUNT, key_id(1)),
    "alias": lambda view: view.alias(ACCOUNT, "alias/a"),
    "access key": lambda view: view.access_key(access_key_id(ACCOUNT, 1)),
    "state": lambda view: view.state(key_stream(ACCOUNT, key_id(1))),
    "revision": lambda view: view.revision(key_stream(ACCOUNT, key_id(1))),
    "keys": lambda view: list(view.keys(ACCOUNT, "")),
    "aliases": lambda view: list(view.aliases(ACCOUNT, "")),
    "aliases of a key": lambda view: list(view.aliases_of(ACCOUNT, key_id(1), "")),
}


@pytest.fixture
def store() -> StateStore:
    """Partition 0, which is the account's."""
    log, folding = WrittenLog(), Folding()
    log.open()
    log.write(created(1), e.AliasCreated(ACCOUNT, "alias/a", key_id(1)))
    log.write(e.AccessKeyCreated(ACCOUNT, "user", access_key_id(ACCOUNT, 1)))
    folding.apply(*log.records)
    return folding.store


def mark(store: StateStore, *partitions: int) -> None:
    with store.write() as transaction:
        transaction.put(ADAPTER, BUILT, b"".join(map(partition_prefix, partitions)))


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize("built", [None, (), (1,)])
def test_what_is_not_built_is_refused(
    store: StateStore, read: Callable[[SnapshotView], object], built: tuple[int, ...] | None
) -> None:
    if built is not None:
        mark(store, *built)
    with store.read() as snapshot, pytest.raises(DependencyTimeout, match="Retry"):
        read(served(snapshot, PARTITIONS))


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize("built", [(0,), (0, 1)])
def test_what_is_built_is_read(
    store: StateStore, read: Callable[[SnapshotView], object], built: tuple[int, ...]
) -> None:
    mark(store, *built)
    with store.read() as snapshot:
        assert read(served(snapshot, PARTITIONS))


def test_a_partition_that_is_not_built_keeps_no_other_from_being_served(store: StateStore) -> None:
    mark(store, 0)
    with store.read() as snapshot:
        view = served(snapshot, PARTITIONS)
        assert view.key(ACCOUNT, key_id(1)) is not None
        with pytest.raises(DependencyTimeout):
            view.key(ELSEWHERE, key_id(1))
