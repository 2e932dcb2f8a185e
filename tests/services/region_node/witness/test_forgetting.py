"""A witness that forgets lets go of what it has read of the region, behind its record and before its file."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from replication.checkpoint import FORMAT_VERSION, Checkpoint, Seen
from replication.position import Head
from replication.witnessed import Witnessed
from services.region_node.witness.forgetting import Forgetting
from shared.errors import DependencyTimeout
from tests.replication.written_log import HOME, PEER

SEEN = Witnessed((Seen(Checkpoint(FORMAT_VERSION, HOME, "node-1", 1, (Head(7, bytes(32)),)), b""),))


class Steps:
    """What is done, in its order."""

    def __init__(self, *, writes: bool) -> None:
        self.done: list[str] = []
        self._writes = writes
        place = SimpleNamespace(region=PEER, partitions=1, record=self._record)
        seen = SimpleNamespace(of=lambda _: SEEN, forget=lambda _: self.done.append("forgotten"))
        self.forgetting = Forgetting(cast(Any, place), cast(Any, seen), self._let_go)

    async def _record(self, _partition: int, _events: object) -> bool:
        self.done += ["recorded"] if self._writes else []
        return self._writes

    async def _let_go(self, region: str) -> None:
        self.done.append(f"let go of {region}")


async def test_what_is_read_is_let_go_behind_the_record_and_before_anything_is_forgotten() -> None:
    steps = Steps(writes=True)
    await steps.forgetting.forget(HOME)
    assert steps.done == ["recorded", f"let go of {HOME}", "forgotten"]


async def test_nothing_is_let_go_where_the_record_is_not_written() -> None:
    steps = Steps(writes=False)
    with pytest.raises(DependencyTimeout):
        await steps.forgetting.forget(HOME)
    assert steps.done == []
