"""A state knows its logs."""

import pytest

from replication.fold.known_log import require_known_log
from replication.log.event_log import LogTruncated
from replication.state.memory_store import MemoryStore
from tests.replication.scripted_log import ScriptedLog


async def test_log_is_remembered_and_another_one_refused_with_what_to_do() -> None:
    store, known, other = MemoryStore(), ScriptedLog(), ScriptedLog()
    for _ in range(2):
        await require_known_log(store, known)
    with pytest.raises(LogTruncated, match="bring the log back, or move the state directory away"):
        await require_known_log(store, other)
    await require_known_log(store, known)


async def test_logs_of_other_names_are_told_apart() -> None:
    store, local, shared = MemoryStore(), ScriptedLog("local"), ScriptedLog("shared")
    for log in (local, shared):
        await require_known_log(store, log)
    for name in ("local", "shared"):
        with pytest.raises(LogTruncated):
            await require_known_log(store, ScriptedLog(name))


class NamedLog(ScriptedLog):
    """Says to be the one that it was told to be."""

    def __init__(self, identity: str) -> None:
        super().__init__()
        self._identity = identity

    async def identity(self) -> str:
        return self._identity


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("cluster-1/topic-2", "it was wiped or made anew as cluster-1/topic-2, known is cluster-1/topic-1"),
        ("cluster-2/topic-1", "it is in another cluster, cluster-2/topic-1, known is cluster-1/topic-1"),
        ("file-1", "it was wiped or made anew as file-1, known is cluster-1/topic-1"),
    ],
)
async def test_a_wiped_log_and_another_cluster_are_told_apart(other: str, told: str) -> None:
    store = MemoryStore()
    await require_known_log(store, NamedLog("cluster-1/topic-1"))
    with pytest.raises(LogTruncated, match=told):
        await require_known_log(store, NamedLog(other))
