"""A partition that waits for a missing record takes no writes, and its author does not fill the log."""

import asyncio

from replication.writing.draft import UNAVAILABLE
from tests.replication.running_author import APPLIED, RunningAuthor, draft, running, settled_soon
from tests.replication.scripted_log import Fault, ScriptedLog
from tests.replication.virtual_time import in_virtual_time
from tests.replication.written_log import WrittenLog, created


def gap_of_another_node() -> tuple[bytes, list[bytes]]:
    """The record that is missing, and the others."""
    written = WrittenLog()
    records = [
        written.open("node-2"),
        written.write(created(7), node="node-2"),
        written.write(created(8), node="node-2"),
    ]
    return records.pop(1), records


@in_virtual_time
async def test_partition_that_waits_refuses_writes_with_the_reason_until_the_record_is_there() -> None:
    log = ScriptedLog()
    missing, records = gap_of_another_node()
    log.write(0, records)
    author = RunningAuthor(log)
    await author.start()
    refused = await author.author.submit(draft(created(1), 0))
    assert refused.verdict == UNAVAILABLE
    assert "missing" in refused.answer
    assert log.appends == []
    log.write(0, [missing])
    await asyncio.sleep(5)
    assert (await author.author.submit(draft(created(1), 0))).verdict == APPLIED
    await author.cancel()


@in_virtual_time
async def test_drafts_that_stood_in_the_queue_are_refused_when_the_partition_begins_to_wait() -> None:
    async with running() as author:
        _, records = gap_of_another_node()
        author.log.write(0, records)
        author.log.script.append(Fault.LOSE_ACKNOWLEDGEMENT)
        first = asyncio.create_task(author.author.submit(draft(created(1), 0)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        second = asyncio.create_task(author.author.submit(draft(created(2), 0)))
        assert (await settled_soon(first)).verdict == APPLIED
        answer = await settled_soon(second)
        assert (answer.verdict, "missing" in answer.answer) == (UNAVAILABLE, True)


@in_virtual_time
async def test_partition_that_waits_does_not_fill_the_log() -> None:
    """The broker withholds the author's own record and shows a later one: it is not sent again and again."""
    async with running() as author:
        _, records = gap_of_another_node()
        author.log.script.append(Fault.LOSE_RECORDS)
        task = asyncio.create_task(author.author.submit(draft(created(1), 0)))
        author.log.write(0, records)
        await asyncio.sleep(600)
        assert len(author.log.appends) < 5
        task.cancel()
