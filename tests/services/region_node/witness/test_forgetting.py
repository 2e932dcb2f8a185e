"""A witness forgets behind its region's record, whichever node was asked, and once for each word of its operator."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from replication.records.position import Head
from replication.state.memory_store import MemoryStore
from replication.state.rows import encode_row
from replication.state.state_store import STREAMS, row_key
from replication.witness.checkpoint import FORMAT_VERSION, Checkpoint, Seen
from replication.witness.witnessed import Witnessed
from services.region_node.witness.forgetting import Forgetting
from shared.errors import DependencyTimeout
from shared.rebuild.events import forgotten_stream
from shared.rebuild.model import Forgotten
from tests.replication.written_log import HOME, PEER

SEEN = Witnessed((Seen(Checkpoint(FORMAT_VERSION, HOME, "node-1", 1, (Head(7, bytes(32)),)), b""),))


class Steps:
    """What a node does, in its order. `store`: its region's state, which another node may have written."""

    def __init__(self, store: MemoryStore, *, writes: bool = True) -> None:
        self.done: list[str] = []
        self._store, self._writes, self._at = store, writes, 0
        place = SimpleNamespace(region=PEER, partitions=2, record=self._record, store=store)
        seen = SimpleNamespace(of=lambda _: SEEN, forget=self._forget, forgotten_at=lambda _: self._at)
        self.forgetting = Forgetting(cast(Any, place), (HOME,), cast(Any, seen), self._let_go)

    async def _record(self, partition: int, _events: object) -> bool:
        if self._writes:
            self.done.append(f"recorded in {partition}")
            with self._store.write() as transaction:
                row = encode_row(1, Forgotten(HOME, self._at + 5), False)
                transaction.put(STREAMS, row_key(partition, forgotten_stream(HOME)), row)
        return self._writes

    async def _let_go(self, region: str) -> None:
        self.done.append(f"let go of {region}")

    def _forget(self, region: str, at: int) -> None:
        self.done.append(f"forgotten {region}")
        self._at = at


BEHIND = [f"let go of {HOME}", f"forgotten {HOME}"]


async def test_what_is_read_is_let_go_behind_the_record_and_before_anything_is_forgotten() -> None:
    steps = Steps(MemoryStore())
    await steps.forgetting.forget(HOME)
    assert steps.done == ["recorded in 1", "recorded in 0", *BEHIND]


async def test_nothing_is_let_go_where_the_record_is_not_written() -> None:
    steps = Steps(MemoryStore(), writes=False)
    with pytest.raises(DependencyTimeout):
        await steps.forgetting.forget(HOME)
    assert steps.done == []


async def test_another_node_of_the_region_forgets_when_it_meets_the_record_and_once() -> None:
    store = MemoryStore()
    asked, other = Steps(store), Steps(store)
    await other.forgetting.follow()
    assert other.done == []
    await asked.forgetting.forget(HOME)
    for _ in range(2):
        await other.forgetting.follow()
    assert other.done == BEHIND
    await asked.forgetting.forget(HOME)
    await other.forgetting.follow()
    assert other.done == BEHIND * 2
