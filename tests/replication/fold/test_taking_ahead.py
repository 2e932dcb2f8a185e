"""A log that two processes fold gives the state that one gives, and what is told of it is the same."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replication.fold.ahead_store import Changes
from replication.fold.fold_ahead import Batch
from replication.fold.materializer import Alarm
from replication.fold.taking_ahead import GivenUp, TakingAhead
from replication.log.event_log import Entry, LogUnavailable
from replication.state.state_store import TABLES, StateStore
from tests.golden.samples import EVENTS
from tests.properties.histories import written_logs
from tests.replication.folded_ahead import AheadHere
from tests.replication.folding import Folding
from tests.replication.scripted_log import ScriptedLog
from tests.replication.written_log import (
    OTHER_NODE,
    PEER,
    RECORD_KEY,
    SharedLog,
    WrittenLog,
    altered,
    created,
    described,
    shared_form,
    stream,
)

MOST = 3


class Found(NamedTuple):
    """What a node that has read a log to its end has, and has told."""

    rows: list[list[tuple[bytes, bytes]]]
    alarms: list[Alarm]
    waiting: dict[int, Alarm]
    position: int


def found(folding: Folding) -> Found:
    with folding.store.read() as snapshot:
        rows = [list(snapshot.scan(table, b"", b"")) for table in TABLES]
    materializer = folding.materializer
    return Found(rows, folding.alarms, materializer.waiting(), materializer.position(0))


def alone(records: Sequence[bytes], folding: Folding | None = None) -> Folding:
    """The ordinary fold, in batches of `MOST`, from where the state is."""
    folding = Folding() if folding is None else folding
    before = -1
    while before < (start := folding.materializer.position(0)) < len(records):
        entries = [Entry(position, records[position]) for position in range(start, min(start + MOST, len(records)))]
        folding.materializer.apply(0, entries)
        before = start  # behind a gap an author stops reading where it gets no further
    return folding


def log_of(records: Sequence[bytes]) -> ScriptedLog:
    log = ScriptedLog()
    log.write(0, records)
    return log


async def ahead(
    records: Sequence[bytes], make: Callable[[StateStore], AheadHere] | None = None, folding: Folding | None = None
) -> tuple[Folding, int]:
    """Folded ahead as far as that goes; and how far that was."""
    folding = Folding() if folding is None else folding
    process = AheadHere(folding.store, folding.identity) if make is None else make(folding.store)
    taking = TakingAhead(log_of(records), folding.materializer, RECORD_KEY, 0, len(records))
    await taking.run(process, lambda: None, MOST)
    return folding, folding.materializer.position(0)


async def both(records: Sequence[bytes]) -> Folding:
    """Ahead, and the ordinary fold for what is left."""
    folding, _ = await ahead(records)
    return alone(records, folding)


def honest(count: int = 10) -> WrittenLog:
    log = WrittenLog()
    log.open()
    for number in range(1, count):
        log.write(created(number), command_id=b"command %d" % number, answer=str(number))
    return log


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(written_logs(), st.data())
async def test_any_history_gives_the_same_state_and_the_same_alarms(log: WrittenLog, data: st.DataObject) -> None:
    records = list(log.records)
    if data.draw(st.booleans()):
        del records[data.draw(st.integers(0, len(records) - 1))]
    if data.draw(st.booleans()):
        records.insert(data.draw(st.integers(0, len(records))), data.draw(st.sampled_from((b"junk", log.records[0]))))
    assert found(await both(records)) == found(alone(records))


@pytest.mark.parametrize("name", EVENTS)
async def test_every_kind_of_event_is_folded_alike(name: str) -> None:
    log = honest(3)
    log.write(EVENTS[name])
    log.write(EVENTS[name], described(1, "beside it"))
    assert found(await both(log.records)) == found(alone(log.records))


async def test_an_honest_log_is_folded_ahead_to_its_end() -> None:
    log = honest()
    log.write(described(1, "void"), expected={stream(1): 0})
    log.write(created(20), command_id=b"command 1")
    log.write(created(21), shared=[shared_form(21, PEER)])
    log.adopt(SharedLog(PEER).share(shared_form(22)))
    log.open(OTHER_NODE)
    log.write(described(1, "text"), node=OTHER_NODE, expected={stream(1): 1})
    folding, position = await ahead(log.records)
    assert position == len(log.records)
    assert found(folding) == found(alone(log.records))
    assert folding.head.head == log.head


async def test_a_state_that_is_there_is_gone_on_from() -> None:
    log = honest()
    folding = alone(log.records[:4])
    _, position = await ahead(log.records, folding=folding)
    assert position == len(log.records)
    assert folding.digest() == alone(log.records).digest()


async def test_a_batch_is_folded_before_the_one_ahead_of_it_is_committed() -> None:
    log, processes = honest(), list[AheadHere]()
    folding = Folding()

    def make(store: StateStore) -> AheadHere:
        processes.append(AheadHere(store, folding.identity))
        return processes[0]

    await ahead(log.records, make, folding)
    assert [(batch.positions[0], batch.committed) for batch in processes[0].given] == [(0, 0), (3, 0), (6, 1), (9, 2)]


def tampered() -> dict[str, list[bytes]]:
    """Each is met in the third batch, at 7."""
    records = list(honest().records)
    return {
        "junk": [*records[:7], b"junk", *records[7:]],
        "not authentic": [*records[:7], records[7][:-1] + bytes([records[7][-1] ^ 1]), *records[8:]],
        "of another log": [*records[:7], altered(records[7], log="another"), *records[7:]],
        "a gap": [*records[:7], *records[8:]],
        "a gap that closes": [*records[:7], records[8], records[7], records[9]],
        "another history": [*records[:7], altered(records[7], previous=bytes(32)), *records[8:]],
        "unreadable": [*records[:7], altered(records[7], body=b"junk")],
        "of a later version": [*records[:7], altered(records[7], least_reader=9)],
    }


@pytest.mark.parametrize("case", tampered())
async def test_what_an_operator_is_told_of_is_left_to_the_ordinary_fold(case: str) -> None:
    records = tampered()[case]
    folding, position = await ahead(records)
    assert (position, folding.alarms, folding.is_waiting()) == (6, [], False)
    expected = found(alone(records))
    assert found(alone(records, folding)) == expected
    assert expected.alarms


async def test_a_gap_in_the_ordinary_fold_is_not_folded_past() -> None:
    records = tampered()["a gap"]
    folding = alone(records[:9])
    assert folding.is_waiting()
    processes = list[AheadHere]()

    def make(store: StateStore) -> AheadHere:
        processes.append(AheadHere(store, folding.identity))
        return processes[0]

    await ahead([*records, *honest(20).records[10:]], make, folding)
    assert processes[0].given == []
    assert folding.is_waiting()


class Failing(AheadHere):
    """Gives up in the place of its third answer."""

    answers = 0

    async def take(self) -> Changes:
        self.answers += 1
        if self.answers == 3:
            raise GivenUp("killed")
        return await super().take()


async def test_the_ordinary_fold_goes_on_from_the_last_commit_of_a_process_that_ended() -> None:
    log, folding = honest(), Folding()
    _, position = await ahead(log.records, lambda store: Failing(store, folding.identity), folding)
    assert position == 6
    assert found(alone(log.records, folding)) == found(alone(log.records))


class Skipping(AheadHere):
    """Answers for another range than it was given."""

    async def give(self, batch: Batch) -> None:
        await super().give(Batch(batch.partition, batch.committed, batch.positions[:-1], batch.records[:-1]))


async def test_changes_of_another_range_are_not_committed() -> None:
    log, folding = honest(), Folding()
    _, position = await ahead(log.records, lambda store: Skipping(store, folding.identity), folding)
    assert position == 0
    assert folding.head.head.sequence == 0


async def test_the_fold_knows_its_head_after_what_was_folded_ahead() -> None:
    log, folding = honest(), Folding()
    assert folding.head.head.sequence == 0
    await ahead(log.records, folding=folding)
    assert folding.head.head == log.head


async def test_a_log_that_is_away_is_said_to_be_and_nothing_is_lost() -> None:
    log, folding = honest(), Folding()
    scripted = log_of(log.records)
    taking = TakingAhead(scripted, folding.materializer, RECORD_KEY, 0, len(log.records))
    scripted.read_failures = 1
    with pytest.raises(LogUnavailable):
        await taking.run(AheadHere(folding.store, folding.identity), lambda: None, MOST)
    assert found(await both(log.records)) == found(alone(log.records, folding))


async def test_each_commit_is_told_and_what_comes_after_the_end_is_left() -> None:
    log, folding, told = honest(), Folding(), list[int]()
    taking = TakingAhead(log_of(log.records), folding.materializer, RECORD_KEY, 0, 5)
    process = AheadHere(folding.store, folding.identity)
    await taking.run(process, lambda: told.append(folding.head.head.sequence), MOST)
    assert told == [3, 6]
