"""Which keys `keytide promote` finds: one, those of an account, or all of a lost region."""

from types import SimpleNamespace
from typing import Any

import pytest

from replication.state.memory_store import MemoryStore
from replication.state.rows import encode_row
from replication.state.state_store import STREAMS, row_key
from services.region_node.promotion.promotions import Promotions
from shared.identifiers import account_stream, key_stream, partition_of
from shared.identity.model import Account
from shared.keys.model import ENABLED, Deletion, Key
from tests.services.region_node.running_replicator import ACCOUNT, NOW, PARTITIONS, REGIONS

LOST, HERE, THIRD = REGIONS
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
    key(ACCOUNT, "mrk-here", HERE),
    key(ACCOUNT, "mrk-elsewhere", LOST, state=None),
    key(ACCOUNT, "single", None),
    key(OTHER, "mrk-going", LOST)._replace(deletion=Deletion(7, NOW)),
)


@pytest.fixture
def promotions() -> Promotions:
    store = MemoryStore()
    accounts = [Account(account, LOST, "", NOW) for account in (ACCOUNT, OTHER)]
    rows: list[tuple[str, Account | Key]] = [(account_stream(one.account), one) for one in accounts]
    rows += [(key_stream(one.account, one.key_id), one) for one in KEYS]
    with store.write() as transaction:
        for stream, state in rows:
            place = row_key(partition_of(state.account, PARTITIONS), stream)
            transaction.put(STREAMS, place, encode_row(1, state, False))
    settings: Any = SimpleNamespace(region=HERE, partitions=PARTITIONS)
    unused: Any = None
    return Promotions(settings, store, unused, unused)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"mrk-lost", "mrk-third", "mrk-going"}),
        ({"former": LOST}, {"mrk-lost", "mrk-going"}),
        ({"account": ACCOUNT}, {"mrk-lost", "mrk-third"}),
        ({"account": OTHER}, {"mrk-going"}),
        ({"account": "999988887777"}, set()),
        ({"key_id": "mrk-third"}, {"mrk-third"}),
        ({"key_id": "mrk-third", "account": OTHER}, set()),
        ({"key_id": "mrk-here"}, set()),
        ({"key_id": "mrk-elsewhere"}, set()),
        ({"key_id": "single"}, set()),
    ],
)
async def test_what_is_asked_for_and_held_here_is_found(
    promotions: Promotions, asked: dict[str, str], found: set[str]
) -> None:
    assert {one.key_id for one in await promotions.list_promotable(**asked)} == found


async def test_what_cannot_be_promoted_is_listed_with_the_reason(promotions: Promotions) -> None:
    told = {one.key_id: (one.primary_region, one.refusal) for one in await promotions.list_promotable(former=LOST)}
    assert told["mrk-lost"] == (LOST, "")
    assert told["mrk-going"][1].endswith("is pending deletion.")
