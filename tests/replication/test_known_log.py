"""A state knows its logs."""

import pytest

from replication.event_log import LogTruncated
from replication.known_log import require_known_log
from replication.memory_store import MemoryStore
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
