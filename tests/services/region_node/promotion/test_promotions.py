"""Which keys `keytide promote` finds: one, those of an account, or all of a lost region; and what it says of one."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from replication.records.position import Head
from replication.state.memory_store import MemoryStore
from replication.state.rows import encode_row
from replication.state.state_store import ADAPTER, BUILT, STREAMS, partition_prefix, row_key
from replication.state.view import SnapshotView
from services.region_node.peers.tails import Tail
from services.region_node.promotion.promotions import Promotions
from shared.decision import Decision
from shared.errors import DependencyTimeout, KeytideError, NotFound
from shared.identifiers import account_stream, key_stream, partition_of
from shared.identity.model import Account
from shared.keys.errors import NotPromotable
from shared.keys.model import ENABLED, Deletion, Key
from tests.services.region_node.running_replicator import ACCOUNT, NOW, PARTITIONS, REGIONS

LOST, HERE, THIRD = REGIONS
PEER = "ca-west-1"
OTHER = "444455556666"


def key(account: str, key_id: str, primary: str | None, state: str | None = ENABLED) -> Key:
    replicas = tuple(region for region in REGIONS if region != primary)
    return Key(
        account, key_id, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", NOW, (), state, "", None, (), primary,
        replicas, 0,
    )  # fmt: skip


KEYS = (
    key(ACCOUNT, "mrk-lost", LOST),
    key(ACCOUNT, "mrk-third", THIRD),
    key(ACCOUNT, "mrk-here", HERE)._replace(replica_regions=("sa-east-1",)),
    key(ACCOUNT, "mrk-elsewhere", LOST, state=None),
    key(ACCOUNT, "single", None),
    key(OTHER, "mrk-going", LOST)._replace(deletion=Deletion(7, NOW)),
)


class Caught:
    """In the place of what other regions have adopted: the key is handed on while that is waited for."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def answers(self, _region: str) -> bool:
        return False

    async def fetched(self, _former: str, _partition: int, _seconds: int, *, required: bool) -> Tail:
        assert required
        put(self._store, key(ACCOUNT, "mrk-lost", LOST)._replace(epoch=6))
        return Tail(3, THIRD, ())

    def adopted(self, _former: str, _partition: int) -> Head:
        return Head(3, bytes(32))


def put(store: MemoryStore, *states: Account | Key) -> None:
    with store.write() as transaction:
        for state in states:
            account = state.account
            stream = key_stream(account, state.key_id) if isinstance(state, Key) else account_stream(account)
            place = row_key(partition_of(account, PARTITIONS), stream)
            transaction.put(STREAMS, place, encode_row(1, state, False))


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    put(store, *(Account(account, LOST, "", NOW) for account in (ACCOUNT, OTHER)), *KEYS)
    with store.write() as transaction:
        transaction.put(ADAPTER, BUILT, b"".join(partition_prefix(number) for number in range(PARTITIONS)))
    return store


@pytest.fixture
def promotions(store: MemoryStore) -> Promotions:
    settings: Any = SimpleNamespace(region=HERE, partitions=PARTITIONS, peers=(SimpleNamespace(region=PEER),))
    caught: Any = Caught(store)

    async def change(_account: str, decide: Callable[[SnapshotView], Decision]) -> None:
        with store.read() as snapshot:
            decide(SnapshotView(snapshot, PARTITIONS))

    return Promotions(settings, store, change, caught)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"mrk-lost", "mrk-third", "mrk-going"}),
        ({"former": LOST}, {"mrk-lost", "mrk-going"}),
        ({"account": ACCOUNT}, {"mrk-lost", "mrk-third"}),
        ({"account": OTHER}, {"mrk-going"}),
        ({"key_id": "mrk-third"}, {"mrk-third"}),
        ({"key_id": "mrk-third", "account": ACCOUNT}, {"mrk-third"}),
        ({"key_id": "mrk-here"}, set()),
        ({"former": PEER}, set()),
        ({"former": "sa-east-1"}, set()),
        ({"former": THIRD, "account": OTHER}, set()),
    ],
)
async def test_what_is_asked_for_and_held_here_is_found(
    promotions: Promotions, asked: dict[str, str], found: set[str]
) -> None:
    assert {one.key_id for one in await promotions.list_promotable(**asked)} == found


@pytest.mark.parametrize(
    ("asked", "fault", "told"),
    [
        ({"account": "999988887777"}, NotFound, "knows no account 999988887777"),
        ({"account": "999988887777", "key_id": "mrk-lost"}, NotFound, "knows no account 999988887777"),
        ({"former": "mars-north-1"}, NotFound, "knows no region mars-north-1"),
        ({"key_id": "mrk-nowhere"}, NotFound, "holds no replica of key mrk-nowhere"),
        ({"key_id": "mrk-elsewhere"}, NotFound, "holds no replica of key mrk-elsewhere"),
        ({"key_id": "mrk-third", "account": OTHER}, NotFound, "holds no replica of key mrk-third"),
        ({"key_id": "single"}, NotPromotable, "single is a single-Region key"),
    ],
)
async def test_what_is_not_known_here_is_no_list_without_keys(
    promotions: Promotions, asked: dict[str, str], fault: type[KeytideError], told: str
) -> None:
    with pytest.raises(fault, match=told):
        await promotions.list_promotable(**asked)


async def test_a_state_that_is_not_whole_does_not_say_that_nothing_is_left(
    store: MemoryStore, promotions: Promotions
) -> None:
    with store.write() as transaction:
        transaction.put(ADAPTER, BUILT, partition_prefix(0))
    assert await promotions.list_promotable(former=LOST)
    with pytest.raises(DependencyTimeout, match="has not built its state"):
        await promotions.list_promotable(former=PEER)


async def test_what_cannot_be_promoted_is_listed_with_the_reason(promotions: Promotions) -> None:
    told = {one.key_id: (one.primary_region, one.refusal) for one in await promotions.list_promotable(former=LOST)}
    assert told["mrk-lost"] == (LOST, "")
    assert told["mrk-going"][1].endswith("is pending deletion.")


async def test_the_epoch_that_is_told_is_that_of_the_record_and_not_of_before_the_wait(promotions: Promotions) -> None:
    told = await promotions.promote(ACCOUNT, "mrk-lost", False, False, 45)
    assert told == (7, 3, ())
