"""What a view shows of a snapshot at a moment, and that requests see nothing of a partition that is not built."""

from collections.abc import Callable

import pytest

from replication.state.memory_store import MemoryStore
from replication.state.rows import encode_row
from replication.state.served_state import ServedState
from replication.state.state_store import ADAPTER, BUILT, STREAMS, StateStore, partition_prefix, row_key
from replication.state.view import Moment, SnapshotView
from shared import events as e
from shared.errors import DependencyTimeout
from shared.grants.events import GrantCreated
from shared.identifiers import access_key_id, key_stream, partition_of
from shared.identity.naming import access_keys_index
from shared.key_stores.events import KeyStoreCreated
from shared.keys.model import Key, KeyMaterial
from tests.replication.folding import Folding
from tests.replication.written_log import ACCOUNT, HOME, WrittenLog, created, key_id

PARTITIONS = 2
ELSEWHERE = next(f"{number:012}" for number in range(99) if partition_of(f"{number:012}", PARTITIONS) == 1)
STORE = "cks-1234567890abcdef0"
GRANT, USER = "ab" * 32, f"arn:aws:iam::{ACCOUNT}:user/user"
GRANTED = GrantCreated(ACCOUNT, key_id(1), GRANT, 1, ACCOUNT, ("Decrypt",), "", USER, retiring_principal=USER)
READS: dict[str, Callable[[SnapshotView], object]] = {
    "key": lambda view: view.key(ACCOUNT, key_id(1)),
    "alias": lambda view: view.alias(ACCOUNT, "alias/a"),
    "access key": lambda view: view.access_key(access_key_id(ACCOUNT, 1)),
    "state": lambda view: view.state(key_stream(ACCOUNT, key_id(1))),
    "revision": lambda view: view.revision(key_stream(ACCOUNT, key_id(1))),
    "keys": lambda view: list(view.keys(ACCOUNT, "")),
    "aliases": lambda view: list(view.aliases(ACCOUNT, "")),
    "aliases of a key": lambda view: list(view.aliases_of(ACCOUNT, key_id(1), "")),
    "entities": lambda view: list(view.entities(ACCOUNT, "access-key", "")),
    "indexed": lambda view: list(view.indexed(ACCOUNT, access_keys_index(ACCOUNT, "user"), "")),
    "grant": lambda view: view.grant(ACCOUNT, key_id(1), GRANT),
    "keys in a store": lambda view: list(view.keys_in_store(ACCOUNT, STORE)),
    "grant ids": lambda view: list(view.grant_ids(ACCOUNT, key_id(1), "")),
    "grants": lambda view: list(view.grants(ACCOUNT, key_id(1), "")),
    "grants to a principal": lambda view: list(view.grants_to(ACCOUNT, key_id(1), USER, "")),
}


@pytest.fixture
def store() -> StateStore:
    """Partition 0, which is the account's."""
    log, folding = WrittenLog(), Folding()
    log.open()
    log.write(KeyStoreCreated(ACCOUNT, STORE, "store", "EXTERNAL_KEY_STORE", b"w"))
    log.write(created(2)._replace(custom_key_store_id=STORE, external_key_id="external"))
    log.write(created(1), e.AliasCreated(ACCOUNT, "alias/a", key_id(1)), GRANTED)
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
        read(ServedState(PARTITIONS).view(snapshot))


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize("built", [(0,), (0, 1)])
def test_what_is_built_is_read(
    store: StateStore, read: Callable[[SnapshotView], object], built: tuple[int, ...]
) -> None:
    mark(store, *built)
    with store.read() as snapshot:
        assert read(ServedState(PARTITIONS).view(snapshot))


def test_a_key_store_whose_keys_are_not_read_yet_does_not_look_empty(store: StateStore) -> None:
    with store.read() as snapshot, pytest.raises(DependencyTimeout):
        list(ServedState(PARTITIONS).view(snapshot).keys_in_store(ACCOUNT, "cks-00000000000000000"))


def test_a_partition_that_is_not_built_keeps_no_other_from_being_served(store: StateStore) -> None:
    mark(store, 0)
    with store.read() as snapshot:
        view = ServedState(PARTITIONS).view(snapshot)
        assert view.key(ACCOUNT, key_id(1)) is not None
        with pytest.raises(DependencyTimeout):
            view.key(ELSEWHERE, key_id(1))


@pytest.mark.parametrize(("built", "whole"), [((), False), ((0,), False), ((0, 1), True)])
def test_what_lies_in_any_partition_is_read_once_all_are_built(
    store: StateStore, built: tuple[int, ...], whole: bool
) -> None:
    mark(store, *built)
    with store.read() as snapshot:
        view = ServedState(PARTITIONS).view(snapshot)
        if whole:
            assert [grant.grant_id for grant in view.retirable_grants(USER, "")] == [GRANT]
        else:
            with pytest.raises(DependencyTimeout):
                list(view.retirable_grants(USER, ""))


def test_a_view_of_another_moment_refuses_the_same_partitions(store: StateStore) -> None:
    mark(store, 1)
    with store.read() as snapshot, pytest.raises(DependencyTimeout):
        ServedState(PARTITIONS).view(snapshot, Moment(HOME, 1)).at(Moment(HOME, 2)).key(ACCOUNT, key_id(1))


KEY_ID = key_id(1)
ENDING = KeyMaterial("ab" * 32, KEY_ID, 1, b"wrapped", valid_to=100)
KEY = Key(
    ACCOUNT, KEY_ID, "HMAC_256", "GENERATE_VERIFY_MAC", "EXTERNAL", 1, (ENDING,), "Enabled", "", None, (), None, (), 0
)


def test_a_view_at_a_moment_shows_no_material_that_has_expired_and_no_view_hides_what_is_recorded() -> None:
    store, stream = MemoryStore(), key_stream(ACCOUNT, KEY_ID)
    with store.write() as transaction:
        transaction.put(STREAMS, row_key(0, stream), encode_row(1, KEY, False))
    with store.read() as snapshot:
        recorded = SnapshotView(snapshot, 1)
        for now, state, view in (
            (99, "Enabled", recorded.at(Moment(HOME, 99))),
            (100, "PendingImport", recorded.at(Moment(HOME, 100))),
        ):
            found = [view.key(ACCOUNT, KEY_ID), *view.keys(ACCOUNT, "")]
            assert [key and key.state for key in found] == [state, state], now
            assert view.state(stream) == KEY
        assert recorded.key(ACCOUNT, KEY_ID) == KEY
