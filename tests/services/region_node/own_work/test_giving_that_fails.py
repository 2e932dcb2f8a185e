"""A key whose grants cannot be given, for whatever reason, keeps no other from giving its own."""

from collections.abc import Callable

import pytest

from replication.state.state_store import STREAMS, StateStore, row_key
from replication.state.view import SnapshotView
from services.region_node.own_work.giving import Giving
from shared import events as e
from shared.decision import Decision, StateView
from shared.grants.events import GrantCreated, GrantShared
from shared.identifiers import grant_stream
from shared.keys.sharing import REPLICATE_TAG
from tests.replication.folding import folded
from tests.replication.written_log import ACCOUNT, HOME, WrittenLog, created, multi_region_key_id

KEYS = tuple(map(multi_region_key_id, (1, 2, 3)))
GRANT = "ab" * 32


@pytest.fixture
def store() -> StateStore:
    """Three keys of this region, each with a grant that is still to be given."""
    log = WrittenLog()
    log.open()
    for number, key_id in enumerate(KEYS, start=1):
        log.write(created(number, key_id, HOME), time=1)
        log.write(GrantCreated(ACCOUNT, key_id, GRANT, 1, ACCOUNT, ("Decrypt",), "", "principal"))
        log.write(e.KeyTagged(ACCOUNT, key_id, ((REPLICATE_TAG, "grants"),)))
    return folded(log.records).store


async def given(store: StateStore) -> list[str]:
    """The keys that have given their grants; for the first a change fails as nobody foresaw."""
    found: list[str] = []

    async def change(_account: str, decide: Callable[[StateView], Decision], _command_id: bytes) -> None:
        with store.read() as snapshot:
            (shared,) = decide(SnapshotView(snapshot, 2)).shared_events
            assert isinstance(shared, GrantShared)
            if shared.key_id == KEYS[0]:
                raise RuntimeError
            found.append(shared.key_id)
            decide(Given())  # type: ignore[arg-type]

    await Giving(HOME, 2, store, change).run()
    return found


class Given:
    """What is decided of a key that has nothing more to give."""

    def key(self, _account: str, _key_id: str) -> None:
        return None


async def test_a_key_whose_change_fails_keeps_no_other_from_giving(store: StateStore) -> None:
    assert await given(store) == [*KEYS[1:]]


async def test_a_key_that_cannot_be_looked_at_keeps_no_other_from_giving(store: StateStore) -> None:
    with store.write() as transaction:
        transaction.put(STREAMS, row_key(0, grant_stream(ACCOUNT, KEYS[1], GRANT)), b"no row")
    assert await given(store) == [KEYS[2]]
