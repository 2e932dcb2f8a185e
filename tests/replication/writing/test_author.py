"""The one author of a node: nothing is lost, nothing happens twice, and nobody hears what is not so."""

import asyncio

import pytest

from replication.fold.judge import Verdict
from replication.log.event_log import MAXIMUM_RECORD_BYTES, LogTruncated
from replication.records.record import Request
from replication.writing.author import QUEUE_MOST
from replication.writing.draft import UNAVAILABLE, UNKNOWN, Answer, Draft
from tests.replication.folding import folded
from tests.replication.running_author import (
    APPLIED,
    REPEATED,
    SUPERSEDED,
    VOID,
    RunningAuthor,
    draft,
    running,
    settled_soon,
)
from tests.replication.scripted_log import Fault, ScriptedLog
from tests.replication.virtual_time import in_virtual_time
from tests.replication.written_log import START, created, described, envelope_of, hash_of, stream

UNKNOWN_OUTCOMES = [
    Fault.LOSE_ACKNOWLEDGEMENT,
    Fault.LOSE_RECORDS,
    Fault.WRITE_LATER,
    Fault.WRITE_HALF,
    Fault.DUPLICATE,
]


def revision(author: RunningAuthor, number: int) -> int:
    """How many changes of the key took effect, by a fold of the whole log from its beginning."""
    fresh = folded(author.log.entries[0])
    assert fresh.alarms == []
    return fresh.row(stream(number)).revision


@in_virtual_time
async def test_change_is_answered_once_it_is_applied() -> None:
    async with running() as author:
        answer = await author.author.submit(draft(created(1), 0, b"command", "the answer"))
        assert answer == Answer(APPLIED, "the answer", 2)
        assert author.materializer.head(0).head.sequence == 2
        assert author.author.appended == 2


@pytest.mark.parametrize("fault", UNKNOWN_OUTCOMES)
@in_virtual_time
async def test_unknown_outcome_is_cleared_up_by_identical_bytes(fault: Fault) -> None:
    async with running() as author:
        author.log.script.append(fault)
        answers = await asyncio.gather(*(author.author.submit(draft(created(number), 0)) for number in range(4)))
        assert author.verdicts(answers) == [APPLIED] * 4
        author.log.deliver()
        assert [revision(author, number) for number in range(4)] == [1] * 4
        first, *again = author.log.appends[1:]
        assert all(set(sent) <= set(first) for sent in again)
        await author.author.catch_up(await author.log.end(0))
        assert author.alarms == []


@in_virtual_time
async def test_reads_that_fail_do_not_send_a_record_again_and_again() -> None:
    async with running() as author:
        author.log.read_failures = 20
        assert (await author.author.submit(draft(created(1), 0))).verdict == APPLIED
        assert revision(author, 1) == 1
        assert "scripted" in " ".join(author.troubles)


@in_virtual_time
async def test_one_group_is_in_flight() -> None:
    async with running() as author:
        author.log.script.append(Fault.STALL)
        first = asyncio.create_task(author.author.submit(draft(created(1), 0)))
        await asyncio.sleep(1)
        others = [asyncio.create_task(author.author.submit(draft(created(number), 0))) for number in (2, 3)]
        await asyncio.sleep(60)
        assert len(author.log.appends) == 2  # the opening and the first group
        author.log.go_on.set()
        answers = [await settled_soon(task) for task in (first, *others)]
        assert author.verdicts(answers) == [APPLIED] * 3


@in_virtual_time
async def test_a_change_for_which_nobody_waits_any_more_is_not_sent() -> None:
    """The log is away for long: what was sent may take effect later, what was not surely does not."""
    async with running() as author:
        author.log.script.append(Fault.STALL)
        sent = asyncio.create_task(author.author.submit(draft(created(1), 0), 5))
        await asyncio.sleep(1)
        queued = asyncio.create_task(author.author.submit(draft(created(2), 0), 5))
        patient = asyncio.create_task(author.author.submit(draft(created(3), 0)))
        await asyncio.sleep(60)
        assert author.verdicts([await sent, await queued]) == [UNKNOWN, UNAVAILABLE]
        author.log.go_on.set()
        assert (await settled_soon(patient)).verdict == APPLIED
        assert [revision(author, number) for number in (1, 2, 3)] == [1, 0, 1]


@in_virtual_time
async def test_refused_append_is_surely_not_done_and_the_chain_goes_on() -> None:
    async with running() as author:
        author.log.script.append(Fault.REFUSE)
        refused = await author.author.submit(draft(created(1), 0))
        assert refused.verdict == UNAVAILABLE
        assert "refuses" in refused.answer
        assert (await author.author.submit(draft(created(1), 0))).verdict == APPLIED
        assert revision(author, 1) == 1


@in_virtual_time
async def test_refusal_after_an_append_of_unknown_outcome_is_not_taken_for_not_done() -> None:
    async with running() as author:
        author.log.script += [Fault.WRITE_LATER, *[Fault.REFUSE] * 100]
        task = asyncio.create_task(author.author.submit(draft(created(1), 0)))
        await asyncio.sleep(30)
        assert not task.done()
        author.log.deliver()
        assert (await settled_soon(task)).verdict == APPLIED


@in_virtual_time
async def test_refused_opening_is_made_up_for_before_the_first_change() -> None:
    log = ScriptedLog()
    log.script += [Fault.REFUSE, Fault.REFUSE]
    author = RunningAuthor(log)
    author.run()
    answer = await author.author.submit(draft(created(1), 0))
    assert answer.verdict == UNAVAILABLE
    later = await settled_soon(asyncio.ensure_future(author.author.submit(draft(created(1), 0))))
    while later.verdict == UNAVAILABLE:
        later = await author.author.submit(draft(created(1), 0))
    assert later.verdict == APPLIED
    assert revision(author, 1) == 1
    await author.cancel()


@in_virtual_time
async def test_restart_supersedes_what_arrives_late_without_alarm() -> None:
    async with running() as author:
        author.log.script.append(Fault.WRITE_LATER)
        lost = asyncio.create_task(author.author.submit(draft(created(1), 0, b"command")))
        await asyncio.sleep(0.01)
        await author.restart()
        author.log.deliver()
        assert (await author.author.submit(draft(created(1), 0, b"command"))).verdict == APPLIED
        assert revision(author, 1) == 1
        assert author.alarms == []
        lost.cancel()


@pytest.mark.parametrize("fault", [Fault.BREAK, *UNKNOWN_OUTCOMES])
@in_virtual_time
async def test_write_that_was_broken_off_is_answered_after_a_new_opening(fault: Fault) -> None:
    """Cancelled in the middle, or failed by a fault of the program, and run again over the same log."""
    async with running() as author:
        author.log.script += [fault, Fault.STALL]
        tasks = [asyncio.create_task(author.author.submit(draft(created(number), 0))) for number in range(4)]
        await asyncio.sleep(0.001)
        await author.cancel()
        author.run()
        author.log.go_on.set()
        answers = [await settled_soon(task) for task in tasks]
        author.log.deliver()
        for number, answer in enumerate(answers):
            assert revision(author, number) == (answer.verdict == APPLIED)
            assert answer.verdict in (APPLIED, UNAVAILABLE)
        assert (await author.author.submit(draft(created(9), 0))).verdict == APPLIED
        assert author.alarms == []


@in_virtual_time
async def test_incarnations_rise_even_while_the_clock_stands() -> None:
    async with running(clock=START) as author:
        for _ in range(3):
            await author.restart()
        openings = [envelope_of(record).author.incarnation or 0 for record in author.log.entries[0]]
        assert openings == sorted(set(openings))
        assert len(openings) == 4


async def _die_while_opening(author: RunningAuthor) -> None:
    """A life whose opening stays under way in the broker."""
    author.log.script += [Fault.WRITE_LATER, Fault.STALL]
    opening = asyncio.create_task(author.restart())
    await asyncio.sleep(0.2)
    opening.cancel()
    await asyncio.wait([opening])


@in_virtual_time
async def test_opening_that_comes_late_from_a_clock_that_was_ahead_is_outdone() -> None:
    async with running() as author:
        author.clock = START + 3_600_000
        await _die_while_opening(author)
        author.clock = START + 1_000
        await author.restart()
        author.log.deliver()
        for number in range(3):
            waiting = asyncio.create_task(author.author.submit(draft(created(number), 0)))
            answer = await settled_soon(waiting)
        assert answer.verdict == APPLIED
        assert len(author.log.entries[0]) < 10
        assert author.alarms == []


@in_virtual_time
async def test_lives_whose_clock_is_behind_never_open_under_one_number() -> None:
    async with running(clock=START + 3_600_000) as author:
        author.clock = START
        await _die_while_opening(author)
        await author.restart()
        author.log.deliver()
        answers = []
        for number in range(2):
            waiting = asyncio.create_task(author.author.submit(draft(created(number), 0)))
            answers.append((await settled_soon(waiting)).verdict)
        # The number of the life that died may be the higher one: it then outdoes the first write, and no more.
        assert answers in ([APPLIED, APPLIED], [SUPERSEDED, APPLIED])
        assert author.alarms == []


@in_virtual_time
async def test_late_opening_does_not_keep_a_write_that_was_broken_off_unseen_for_ever() -> None:
    """The opening that was to end the broken write is outdone by the late one, and ends nothing."""
    async with running() as author:
        author.clock = START + 3_600_000
        await _die_while_opening(author)
        author.clock = START + 1_000
        await author.restart()
        author.log.script += [Fault.BREAK]
        broken = asyncio.create_task(author.author.submit(draft(created(1), 0)))
        await asyncio.sleep(0.001)
        await author.cancel()
        author.log.deliver()
        author.run()
        assert (await settled_soon(broken)).verdict == UNAVAILABLE
        assert (await settled_soon(asyncio.create_task(author.author.submit(draft(created(2), 0))))).verdict == APPLIED
        assert author.alarms == []


@in_virtual_time
async def test_of_concurrent_changes_that_rest_on_one_revision_exactly_one_applies() -> None:
    async with running() as author:
        await author.author.submit(draft(created(1), 0))
        drafts = [draft(described(1, str(number)), 1) for number in range(50)]
        answers = await asyncio.gather(*map(author.author.submit, drafts))
        assert sorted(author.verdicts(answers)) == [APPLIED, *[VOID] * 49]
        assert revision(author, 1) == 2


@in_virtual_time
async def test_two_nodes_of_a_region_never_both_apply() -> None:
    log = ScriptedLog()
    async with running(log) as one, running(log, node="node-2") as other:
        await one.author.submit(draft(created(1), 0))
        answers = await asyncio.gather(
            *(node.author.submit(draft(described(1, node.node), 1)) for node in (one, other) for _ in range(5))
        )
        assert sorted(one.verdicts(answers)) == [APPLIED, *[VOID] * 9]
        assert one.alarms == other.alarms == []
        assert revision(one, 1) == 2


@in_virtual_time
async def test_repeated_command_gets_the_first_answer_and_changes_nothing() -> None:
    async with running() as author:
        first = await author.author.submit(draft(created(1), 0, b"command", "first"))
        again = await author.author.submit(draft(created(2), 0, b"command", "second"))
        assert (first.verdict, again.verdict, again.answer) == (APPLIED, REPEATED, "first")
        both = await asyncio.gather(*(author.author.submit(draft(described(1, "x"), None, b"twin")) for _ in range(2)))
        assert author.verdicts(both) == [APPLIED, REPEATED]
        assert (revision(author, 1), revision(author, 2)) == (2, 0)


@in_virtual_time
async def test_backlog_is_limited() -> None:
    async with running() as author:
        author.log.script.append(Fault.STALL)
        first = asyncio.create_task(author.author.submit(draft(created(0), 0)))
        await asyncio.sleep(1)
        tasks = [asyncio.create_task(author.author.submit(draft(created(1), None))) for _ in range(QUEUE_MOST + 10)]
        await asyncio.sleep(1)
        refused = [task.result() for task in tasks if task.done()]
        assert [(answer.verdict, "too many" in answer.answer) for answer in refused] == [(UNAVAILABLE, True)] * 10
        author.log.go_on.set()
        assert (await settled_soon(first)).verdict == APPLIED
        assert all([(await task).verdict for task in tasks])


UNFIT = {
    "too large": draft(created(1), 0)._replace(body=bytes(MAXIMUM_RECORD_BYTES)),
    "too large to be adopted": draft(created(1), 0)._replace(shared=bytes(MAXIMUM_RECORD_BYTES - 20_000)),
    "a number beyond 64 bits": draft(created(1), 0)._replace(time=1 << 70),
    "a negative time": draft(created(1), 0)._replace(time=-1),
    "a stream's name too long": Draft(0, None, (("key/" + "x" * 600, 0),)),
    "an empty command id": draft(created(1), 0, b""),
    "a body of another type": draft(created(1), 0)._replace(body=[]),  # type: ignore[arg-type]
    "what msgpack does not know": draft(created(1), 0)._replace(
        request=Request("", "", "", "", "", "", {"object": object()})
    ),
}


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT)
@in_virtual_time
async def test_draft_that_makes_no_record_is_refused_alone(unfit: Draft) -> None:
    async with running() as author:
        drafts = [draft(created(2), 0), unfit, draft(created(3), 0)]
        answers = await asyncio.gather(*map(author.author.submit, drafts))
        assert author.verdicts(answers) == [APPLIED, str(Verdict.REJECTED), APPLIED]
        assert answers[1].answer
        assert len(author.log.entries[0]) == 3


@in_virtual_time
async def test_log_that_ends_before_the_stored_position_is_not_written_to() -> None:
    async with running() as author:
        await author.author.submit(draft(created(1), 0))
        del author.log.entries[0][1:]
        await author.cancel()
        before = list(author.log.entries[0])
        with pytest.raises(LogTruncated):
            await author.restart()
        assert author.log.entries[0] == before


@in_virtual_time
async def test_caller_that_has_gone_does_not_hurt_the_others() -> None:
    async with running() as author:
        tasks = [asyncio.create_task(author.author.submit(draft(created(number), 0))) for number in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        assert (await tasks[0]).verdict == (await tasks[2]).verdict == APPLIED


@in_virtual_time
async def test_all_that_was_answered_survives_a_rebuild_byte_by_byte() -> None:
    async with running() as author:
        author.log.script += [Fault.DUPLICATE, Fault.LOSE_ACKNOWLEDGEMENT, Fault.WRITE_HALF]
        for number in range(6):
            await author.author.submit(draft(created(number), 0))
        rebuilt = folded(author.log.entries[0])
        assert rebuilt.head.head == author.materializer.head(0).head
        assert len({hash_of(record) for record in author.log.entries[0]}) == 7
