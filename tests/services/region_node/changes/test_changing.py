"""From a command to its record, and what a client hears of every verdict."""

import asyncio

import pytest

from replication.fold.judge import Verdict
from replication.records.body import Change, decode_change
from replication.records.record import Request
from replication.state.memory_store import MemoryStore
from replication.state.rows import encode_row
from replication.state.state_store import ADAPTER, BUILT, COMMANDS, FROZEN_COMMAND, STREAMS, partition_prefix, row_key
from replication.state.view import SnapshotView
from replication.writing.draft import UNAVAILABLE, UNKNOWN, Answer, Draft
from services.region_node.changes.changing import IN_FLIGHT_MOST, Changing, Command, Decide
from shared.decision import Decision, StateView
from shared.errors import (
    DependencyTimeout,
    InternalFailure,
    KeytideError,
    KeyUnavailable,
    NotFound,
    Throttled,
    ValidationFailed,
)
from shared.events import AliasCreated, KeyDisabled
from shared.identifiers import alias_stream, key_stream

ACCOUNT, KEY = "111122223333", "0" * 8 + "-0000-0000-0000-" + "0" * 11 + "1"
OTHER = KEY[:-1] + "2"
REQUEST = Request("arn", "AKIA", "id", "127.0.0.1", "boto3", "DisableKey", {})
COMMAND = Command(ACCOUNT, b"c" * 16, REQUEST)
PARTITIONS = 1


class Scripted:
    """A replicator that answers as it is told."""

    def __init__(self, *verdicts: str) -> None:
        self.verdicts = list(verdicts)
        self.drafts: list[Draft] = []

    async def submit(self, draft: Draft) -> Answer:
        self.drafts.append(draft)
        return Answer(self.verdicts.pop(0), "first answer", 1)


def disable(_view: StateView) -> Decision:
    return Decision((KeyDisabled(ACCOUNT, KEY),), rests_on=(alias_stream(ACCOUNT, "alias/a"),), answer=KEY)


def built() -> MemoryStore:
    """An empty state, as a region without keys has it."""
    store = MemoryStore()
    with store.write() as transaction:
        transaction.put(ADAPTER, BUILT, partition_prefix(0))
    return store


async def change(replicator: Scripted, store: MemoryStore | None = None) -> str:
    return await Changing(store or built(), PARTITIONS, replicator).change(COMMAND, disable)


async def test_the_draft_rests_on_the_revisions_that_were_decided_on() -> None:
    replicator = Scripted(Verdict.APPLIED)
    assert await change(replicator) == "first answer"
    (draft,) = replicator.drafts
    assert draft.streams == ((key_stream(ACCOUNT, KEY), 0), (alias_stream(ACCOUNT, "alias/a"), 0))
    assert (draft.command_id, draft.request, draft.shared) == (COMMAND.command_id, REQUEST, None)
    assert decode_change(draft.body or b"") == Change(KEY, (KeyDisabled(ACCOUNT, KEY),))


async def test_a_repeated_command_gets_the_first_answer_from_the_log() -> None:
    assert await change(Scripted(Verdict.REPEATED)) == "first answer"


async def test_a_command_that_was_applied_is_not_decided_again() -> None:
    store, replicator = built(), Scripted()
    with store.write() as transaction:
        transaction.put(COMMANDS, partition_prefix(0) + COMMAND.command_id, b"the first")
    assert await change(replicator, store) == "the first"
    assert replicator.drafts == []


async def test_a_command_whose_record_froze_is_refused_again_without_a_record() -> None:
    store, replicator = built(), Scripted()
    with store.write() as transaction:
        transaction.put(COMMANDS, partition_prefix(0) + COMMAND.command_id, FROZEN_COMMAND)
    with pytest.raises(KeyUnavailable, match="upgrade this region"):
        await change(replicator, store)
    assert replicator.drafts == []


async def test_nothing_is_decided_on_a_state_that_is_not_built() -> None:
    replicator = Scripted()
    with pytest.raises(DependencyTimeout, match="builds its state"):
        await change(replicator, MemoryStore())
    assert replicator.drafts == []


async def test_what_is_void_is_decided_again() -> None:
    replicator = Scripted(Verdict.VOID, Verdict.VOID, Verdict.APPLIED)
    assert await change(replicator) == "first answer"
    assert len(replicator.drafts) == 3


async def test_what_is_always_void_is_refused_and_may_be_retried() -> None:
    changing = Changing(built(), PARTITIONS, Scripted(*[Verdict.VOID] * 1_000), seconds=0.01)
    with pytest.raises(Throttled, match="nothing was changed by this one") as refused:
        await changing.change(COMMAND, disable)
    assert (refused.value.code, refused.value.retryable) == ("ThrottlingException", True)


class Log:
    """A log with conditions, as any number of workers see it: a record is applied iff its revisions still hold."""

    def __init__(self) -> None:
        self.store = built()
        self.void = 0
        self.order: list[bytes] = []

    async def submit(self, draft: Draft) -> Answer:
        await asyncio.sleep(0)  # others come in between
        with self.store.write() as transaction:
            view = SnapshotView(transaction, PARTITIONS)
            if any(view.revision(stream) != expected for stream, expected in draft.streams):
                self.void += 1
                return Answer(Verdict.VOID, "", 1)
            for stream, _ in draft.streams:
                row = encode_row(view.revision(stream) + 1, None, frozen=False)
                transaction.put(STREAMS, row_key(0, stream), row)
        self.order.append(draft.command_id or b"")
        return Answer(Verdict.APPLIED, "done", 1)


def command(number: int) -> Command:
    return COMMAND._replace(command_id=number.to_bytes(16, "big"))


async def test_parallel_changes_of_one_key_are_all_done_in_the_order_of_their_coming() -> None:
    log = Log()
    changing = Changing(log.store, PARTITIONS, log)
    answers = await asyncio.gather(*(changing.change(command(number), disable) for number in range(100)))
    assert set(answers) == {"done"}
    assert log.order == [command(number).command_id for number in range(100)]
    assert log.void == 0


async def test_parallel_changes_of_one_key_by_several_workers_are_all_done() -> None:
    log = Log()
    workers = [Changing(log.store, PARTITIONS, log, jitter=lambda: 0.0) for _ in range(4)]
    answers = await asyncio.gather(*(workers[number % 4].change(command(number), disable) for number in range(100)))
    assert set(answers) == {"done"}
    assert len(set(log.order)) == 100


async def test_a_change_that_waited_is_decided_on_what_is_there_then() -> None:
    log = Log()
    changing = Changing(log.store, PARTITIONS, log)

    def once(view: StateView) -> Decision:
        done = view.revision(key_stream(ACCOUNT, KEY)) > 0
        return Decision((), answer="was done") if done else Decision((KeyDisabled(ACCOUNT, KEY),), answer=KEY)

    answers = await asyncio.gather(*(changing.change(command(number), once) for number in range(3)))
    assert answers == ["done", "was done", "was done"]


async def test_a_change_that_turns_to_another_stream_waits_for_that_ones_turn() -> None:
    log = Log()
    changing = Changing(log.store, PARTITIONS, log)

    def follow(view: StateView) -> Decision:
        moved = view.revision(key_stream(ACCOUNT, KEY)) > 0
        return Decision((KeyDisabled(ACCOUNT, OTHER if moved else KEY),))

    def disable_other(_view: StateView) -> Decision:
        return Decision((KeyDisabled(ACCOUNT, OTHER),))

    decisions = (disable, follow, disable_other, follow)
    changes = [changing.change(command(number), decide) for number, decide in enumerate(decisions)]
    assert set(await asyncio.gather(*changes)) == {"done"}
    assert log.void == 0


@pytest.mark.parametrize(
    ("verdict", "error", "words"),
    [
        (UNKNOWN, InternalFailure, "outcome of this request is unknown"),
        (UNAVAILABLE, DependencyTimeout, "nothing was changed"),
        (Verdict.FROZEN, KeyUnavailable, "upgrade this region"),
        (Verdict.STILL_FROZEN, KeyUnavailable, "upgrade this region"),
        (Verdict.REJECTED, ValidationFailed, "too large"),
    ],
)
async def test_every_other_verdict_has_its_words(verdict: str, error: type[KeytideError], words: str) -> None:
    with pytest.raises(error, match=words):
        await change(Scripted(verdict))


async def test_a_decision_without_events_submits_nothing() -> None:
    replicator = Scripted()
    changing = Changing(built(), PARTITIONS, replicator)
    assert await changing.change(COMMAND, lambda _view: Decision((), answer="as it is")) == "as it is"
    assert replicator.drafts == []


async def test_a_refused_decision_submits_nothing() -> None:
    def refuse(_view: StateView) -> Decision:
        raise NotFound("no such key")

    replicator = Scripted()
    with pytest.raises(NotFound):
        await Changing(built(), PARTITIONS, replicator).change(COMMAND, refuse)
    assert replicator.drafts == []


async def test_events_are_all_in_the_one_record() -> None:
    def two(_view: StateView) -> Decision:
        return Decision((KeyDisabled(ACCOUNT, KEY), AliasCreated(ACCOUNT, "alias/b", KEY)))

    replicator = Scripted(Verdict.APPLIED)
    await Changing(built(), PARTITIONS, replicator).change(COMMAND, two)
    assert len(decode_change(replicator.drafts[0].body or b"").events) == 2


async def test_only_so_many_changes_wait_for_the_log() -> None:
    """What is refused has sent nothing, and when one ends there is room for another."""
    gate, sent = asyncio.Event(), 0

    class Away:
        async def submit(self, _draft: Draft) -> Answer:
            nonlocal sent
            sent += 1
            await gate.wait()
            return Answer(Verdict.APPLIED, "", 1)

    def disable_one(number: int) -> Decide:
        return lambda _view: Decision((KeyDisabled(ACCOUNT, f"{number:08}{KEY[8:]}"),))

    changing = Changing(built(), PARTITIONS, Away())
    waiting = [
        asyncio.create_task(changing.change(command(number), disable_one(number))) for number in range(IN_FLIGHT_MOST)
    ]
    await asyncio.sleep(0)
    with pytest.raises(Throttled, match="nothing was changed"):
        await changing.change(COMMAND, disable)
    assert sent == IN_FLIGHT_MOST
    gate.set()
    await asyncio.gather(*waiting)
    assert await changing.change(COMMAND, disable) == ""
