"""Two nodes of a region on one log: whatever becomes of the one's writes, the other carries on and both agree."""

import asyncio
from itertools import pairwise

import pytest

from replication.writing import author as author_module
from replication.writing.author import IDLE_SECONDS
from replication.writing.draft import UNAVAILABLE
from tests.replication.folding import folded
from tests.replication.running_author import APPLIED, RunningAuthor, draft, running, settled_soon
from tests.replication.scripted_log import Fault, ScriptedLog
from tests.replication.virtual_time import in_virtual_time
from tests.replication.written_log import created, described, stream

UNKNOWN_OUTCOMES = [
    Fault.LOSE_ACKNOWLEDGEMENT,
    Fault.LOSE_RECORDS,
    Fault.WRITE_LATER,
    Fault.WRITE_HALF,
    Fault.DUPLICATE,
]


async def caught_up(*authors: RunningAuthor) -> None:
    for author in authors:
        author.author.look()
    await asyncio.sleep(0.1)


@pytest.mark.parametrize("fault", UNKNOWN_OUTCOMES)
@in_virtual_time
async def test_a_write_of_a_node_that_died_comes_late_or_never_while_the_other_one_writes_on(fault: Fault) -> None:
    log = ScriptedLog()
    async with running(log) as one, running(log, node="node-2") as other:
        log.script.append(fault)
        lost = asyncio.create_task(one.author.submit(draft(created(1), 0)))
        await asyncio.sleep(0.001)
        await one.cancel()
        answers = [await other.author.submit(draft(created(number), 0)) for number in range(2, 6)]
        await one.restart()
        log.deliver()
        again = await settled_soon(asyncio.create_task(one.author.submit(draft(described(2, "again"), 1))))
        await caught_up(one, other)
        assert other.verdicts([*answers, again]) == [APPLIED] * 5
        assert one.materializer.head(0).head == other.materializer.head(0).head
        assert one.alarms == other.alarms == []
        fresh = folded(log.entries[0])
        assert [fresh.row(stream(number)).revision for number in range(2, 6)] == [2, 1, 1, 1]
        lost.cancel()


@in_virtual_time
async def test_a_write_that_others_have_outrun_is_renounced_and_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its readers would have forgotten what it rests on, and could not take it."""
    monkeypatch.setattr(author_module, "WRITTEN_MEANWHILE_MOST", 3)
    log = ScriptedLog()
    async with running(log) as one, running(log, node="node-2") as other:
        log.script.append(Fault.LOSE_RECORDS)
        lost = asyncio.create_task(one.author.submit(draft(created(1), 0)))
        await asyncio.sleep(0.001)
        for number in range(2, 8):
            await other.author.submit(draft(created(number), 0))
        await asyncio.sleep(5)
        one.run()  # as it is kept running
        assert (await settled_soon(lost)).verdict == UNAVAILABLE
        await caught_up(one, other)
        assert folded(log.entries[0]).row(stream(1)).revision == 0
        assert one.alarms == other.alarms == []


@in_virtual_time
async def test_a_node_that_is_asked_to_look_does_not_wait_for_its_pause_to_end() -> None:
    log = ScriptedLog()
    async with running(log) as one, running(log, node="node-2") as other:
        await caught_up(one, other)
        await one.author.submit(draft(created(1), 0))
        before = other.materializer.head(0).head.sequence
        other.author.look()
        await asyncio.sleep(IDLE_SECONDS / 10)
        assert other.materializer.head(0).head.sequence > before


@in_virtual_time
async def test_every_node_sees_one_history() -> None:
    log = ScriptedLog()
    async with running(log) as one, running(log, node="node-2") as other:
        for number in range(20):
            await (one if number % 2 else other).author.submit(draft(created(number), 0))
        await caught_up(one, other)
        heads = [author.materializer.head(0).head for author in (one, other)]
        assert all(mine == its for mine, its in pairwise(heads))
        assert folded(log.entries[0]).head.head == heads[0]
