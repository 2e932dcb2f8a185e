"""The broker is not trusted: whatever it does to a log is noticed, nothing of it is fatal, and nothing is skipped.

And what an honest world does (restarts, delays, repetitions) raises no alarm.
"""

import itertools
from typing import Any

import msgpack
import pytest

from replication.fold import materializer
from replication.fold.judge import NUMBERED, Verdict
from replication.log.event_log import Entry
from replication.records.record import Envelope, Record, RecordKey, authenticate, decode_record, encode_record
from tests.replication.folding import Folding, folded
from tests.replication.written_log import (
    HOME,
    NODE,
    OTHER_NODE,
    PEER,
    SharedLog,
    WrittenLog,
    altered,
    created,
    described,
    shared_form,
    stream,
)

FIELDS = Envelope.__struct_fields__


def history() -> WrittenLog:
    """Two nodes, three incarnations, an adoption, a shared record, a void one: nine records and a head."""
    log = WrittenLog()
    log.open()
    log.open(OTHER_NODE)
    log.write(created(1), expected={stream(1): 0})
    log.write(created(2), node=OTHER_NODE, shared=[shared_form(2, PEER)])
    log.adopt(SharedLog(PEER).share(shared_form(3)))
    log.open()
    log.write(described(1, "x"), expected={stream(1): 1})
    log.write(described(1, "void"), node=OTHER_NODE, expected={stream(1): 1})
    log.write(described(2, "end"), expected={stream(2): 1})
    return log


HONEST = history()
RECORDS = tuple(HONEST.records)
DIGEST = folded(RECORDS).digest()


def followed(records: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """With one more record of each node, written by those that saw the honest log."""
    log = history()
    return (*records, log.write(described(1, "after")), log.write(described(2, "after"), node=OTHER_NODE))


def seen_now(log: WrittenLog) -> dict[str, Any]:
    """The seen head of records whose author has applied the log so far, and will not see what it writes itself."""
    return {"seen_sequence": log.head.sequence, "seen_digest": log.head.digest}


def rest_of(folding: Folding) -> int:
    """How many entries wait."""
    return folding.end - len(folding.outcomes)


def test_the_honest_history_raises_no_alarm() -> None:
    folding = folded(RECORDS)
    assert folding.alarms == []
    assert folding.head.head == HONEST.head
    assert Verdict.VOID in {outcome.verdict for outcome in folding.outcomes}


def regions(record: bytes) -> dict[str, int]:
    """A byte of each part of a record: of every field, of the key id and of the MAC."""
    parts = decode_record(record)
    places = {"frame": 0, "key id": record.index(parts.key_id.encode()), "proof": record.index(parts.proof) + 5}
    start = record.index(parts.signed)
    offset = 3
    for name, value in zip(FIELDS, msgpack.unpackb(parts.signed), strict=True):
        encoded = msgpack.packb(value)
        places[name] = start + offset + len(encoded) - 1
        offset += len(encoded)
    assert offset == len(parts.signed)
    return places


@pytest.mark.parametrize("region", regions(RECORDS[6]))
@pytest.mark.parametrize("bit", [0, 7])
def test_a_flipped_bit_is_noticed_wherever_it_is(region: str, bit: int) -> None:
    damaged = bytearray(RECORDS[6])
    damaged[regions(RECORDS[6])[region]] ^= 1 << bit
    folding = folded((*RECORDS[:6], bytes(damaged), *RECORDS[7:]))
    assert Verdict.REJECTED in folding.alarmed
    assert folding.is_waiting()
    # The right bytes heal it, for the log is only ever added to.
    folding.apply(RECORDS[6])
    assert not folding.is_waiting()
    assert rest_of(folding) == 0
    assert folding.row(stream(1)) == folded(RECORDS).row(stream(1))


@pytest.mark.parametrize("dropped", range(len(RECORDS)))
def test_a_dropped_record_is_noticed_and_may_come_late(dropped: int) -> None:
    records = followed(RECORDS)
    folding = folded(records[:dropped] + records[dropped + 1 :])
    assert folding.alarmed & {Verdict.GAP, Verdict.AHEAD, Verdict.REORDERED}
    assert folding.is_waiting()
    assert all(outcome.verdict is not Verdict.REJECTED for outcome in folding.outcomes)
    folding.apply(records[dropped])
    assert not folding.is_waiting()
    assert folding.digest() == folded(records).digest()
    assert rest_of(folding) == 0


@pytest.mark.parametrize("at", range(len(RECORDS)))
@pytest.mark.parametrize("again", range(len(RECORDS)))
def test_a_record_twice_changes_nothing(at: int, again: int) -> None:
    """A copy that comes before its original is a reordering instead."""
    records = (*RECORDS[:at], RECORDS[again], *RECORDS[at:])
    folding = folded(records)
    assert folding.digest() == DIGEST
    if again < at:
        assert folding.alarms == []
        assert {Verdict.SEEN_AGAIN, Verdict.SUPERSEDED} & {outcome.verdict for outcome in folding.outcomes}
    elif again > at:
        assert folding.alarmed & {Verdict.GAP, Verdict.AHEAD}


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(range(len(RECORDS)), 2)))
def test_records_that_changed_places_are_put_right_and_reported(first: int, second: int) -> None:
    records = list(RECORDS)
    records[first], records[second] = records[second], records[first]
    folding = folded(records)
    assert folding.digest() == DIGEST
    assert folding.alarmed & {Verdict.GAP, Verdict.AHEAD}
    assert folding.end == len(folding.outcomes)


def test_a_log_turned_round_is_put_right_and_reported() -> None:
    folding = folded(reversed(RECORDS))
    assert folding.digest() == DIGEST
    assert folding.alarmed


def test_records_that_did_not_see_one_another_changed_places() -> None:
    """Each fits its chain, so only the next record that saw both tells: it waits for ever."""
    log = WrittenLog()
    log.open()
    log.open(OTHER_NODE)
    seen = seen_now(log)
    log.write(created(1), **seen)
    log.write(created(2), node=OTHER_NODE, **seen)
    log.write(described(1, "saw both"))
    one, two, first, second, after = log.records
    folding = folded((one, two, second, first, after))
    assert folding.alarmed == {Verdict.REORDERED}
    assert folding.is_waiting()
    assert folding.row(stream(1)).revision == 1
    assert folded(log.records).alarms == []


def from_elsewhere() -> dict[str, bytes]:
    log = history()
    other_partition = WrittenLog(partition=1)
    other_partition.open()
    other_region = WrittenLog(PEER, key=RecordKey("fedcba9876543210", b"the key of the other region....."))
    other_region.open()
    same_key = WrittenLog(PEER)
    same_key.open()
    signed = decode_record(log.records[2]).signed
    return {
        "another partition": other_partition.records[0],
        "another region's log": other_region.records[0],
        "another region's log under this key": same_key.records[0],
        "a shared log": SharedLog(HOME).share(shared_form(1)),
        "another log of this region": altered(log.records[2], log=f"keytide.{HOME}.audit"),
        "no node": altered(log.records[2], author=(HOME, None, None)),
        "another key id": encode_record(Record(signed, "other", decode_record(log.records[2]).proof)),
        "another key": authenticate(signed, RecordKey("0123456789abcdef", bytes(32))),
        "no proof": encode_record(Record(signed, "0123456789abcdef", b"")),
        "a longer record": log.records[2] + b"\0",
        "a shorter record": log.records[2][:-1],
        "nothing": b"",
        "text": b"junk",
    }


@pytest.mark.parametrize("kind", from_elsewhere())
def test_what_belongs_elsewhere_is_passed_over_with_an_alarm(kind: str) -> None:
    spliced = from_elsewhere()[kind]
    for place in range(len(RECORDS) + 1):
        folding = folded((*RECORDS[:place], spliced, *RECORDS[place:]))
        assert folding.digest() == DIGEST
        assert folding.alarmed == {Verdict.REJECTED}


def test_a_second_history_of_an_author_waits_as_a_fork() -> None:
    log, other = history(), history()
    log.write(described(1, "one history"))
    fork = other.write(described(1, "other history"))
    later = other.write(described(1, "later"))
    folding = folded(log.records)
    assert folding.apply(fork, later) == []
    assert folding.alarmed == {Verdict.FORK}
    assert folding.row(stream(1)).state == folded(log.records).row(stream(1)).state


def test_a_truncated_log_is_noticed_by_the_next_record() -> None:
    log = history()
    after = log.write(described(1, "after"))
    for end in range(1, len(RECORDS)):
        folding = folded((*RECORDS[:end], after))
        assert folding.is_waiting()
        assert folding.alarmed <= {Verdict.GAP, Verdict.AHEAD}


def test_an_incarnation_that_was_never_opened_waits() -> None:
    log = history()
    log.open()
    unopened = log.write(described(1, "unopened"))
    folding = folded((*RECORDS, unopened))
    assert folding.alarmed == {Verdict.GAP}
    assert folding.row(stream(1)) == folded(RECORDS).row(stream(1))


# What an honest world does.


def test_a_restart_of_an_author_raises_no_alarm() -> None:
    log = history()
    for _ in range(3):
        log.open()
        log.write(described(1, "after a restart"))
    folding = folded(log.records)
    assert folding.alarms == []
    assert folding.head.chains[NODE].incarnation == 5


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_delayed_batch_of_an_earlier_incarnation_is_passed_over(lost: int) -> None:
    """The author restarts not knowing whether its last batch was written; the broker shows it later, or part of it."""
    log = history()
    before = len(log.records)
    saw = seen_now(log)
    batch = [log.write(described(1, f"late {number}"), **saw) for number in range(3)]
    opened = log.open(**saw)
    folding = folded((*log.records[:before], opened, *batch[lost:]))
    assert folding.alarms == []
    assert [outcome.verdict for outcome in folding.outcomes][-len(batch[lost:]) :] == [Verdict.SUPERSEDED] * (3 - lost)
    assert folding.digest() == folded((*log.records[:before], opened)).digest()


def test_a_batch_published_twice_raises_no_alarm() -> None:
    folding = folded((*RECORDS, *RECORDS[5:], *RECORDS[5:]))
    assert folding.alarms == []
    assert folding.digest() == DIGEST


def test_an_opening_takes_effect_though_its_former_chain_has_a_gap() -> None:
    log = history()
    saw = seen_now(log)
    log.write(described(1, "lost"), **saw)
    stranded = log.write(described(1, "stranded"), **saw)
    folding = folded((*RECORDS, stranded))
    assert folding.is_waiting()
    assert folding.apply(log.open(**saw)) == [Verdict.OPENING, Verdict.SUPERSEDED]
    assert not folding.is_waiting()
    assert folding.row(stream(1)) == folded(RECORDS).row(stream(1))


# Waiting and restarts.


def test_a_waiting_partition_goes_on_for_other_authors() -> None:
    log = history()
    saw = seen_now(log)
    missing = log.write(created(7), **saw)
    waits = log.write(described(7, "waits"), **saw)
    others = log.write(created(8), node=OTHER_NODE, **saw)
    folding = folded(RECORDS)
    assert folding.apply(waits, others) == [Verdict.APPLIED]
    assert len(folding.alarms) == 1
    assert folding.apply(missing) == [Verdict.APPLIED, Verdict.APPLIED]
    assert len(folding.alarms) == 1


def test_a_gap_is_told_once_however_long_it_lasts() -> None:
    log = history()
    log.write(created(7))
    waiting = [log.write(created(number)) for number in range(8, 14)]
    folding = folded(RECORDS)
    for record in waiting:
        folding.apply(record)
    assert [alarm.verdict for alarm in folding.alarms] == [Verdict.GAP]
    assert folding.materializer.waiting()[0] == folding.alarms[0]


def test_a_second_gap_behind_the_first_is_told_too() -> None:
    log = history()
    first, second, third, fourth = (log.write(created(number)) for number in range(7, 11))
    folding = folded((*RECORDS, second, fourth))
    assert "its record 3 is missing" in folding.materializer.waiting()[0].reason
    folding.apply(first)
    assert len(folding.alarms) == 2
    assert folding.materializer.waiting()[0] == folding.alarms[1] != folding.alarms[0]
    folding.apply(third)
    assert not folding.is_waiting()
    assert folding.digest() == folded(log.records).digest()


@pytest.mark.parametrize("dropped", range(len(RECORDS)))
def test_a_restart_meets_what_waited_again(dropped: int) -> None:
    records = followed(RECORDS)
    log = [*records[:dropped], *records[dropped + 1 :]]
    folding = Folding()
    for record in log:
        folding.apply(record)
    assert folding.materializer.position(0) == len(log)
    folding.restart([*log, records[dropped]])
    assert not folding.is_waiting()
    assert folding.digest() == folded(records).digest()
    assert folding.materializer.position(0) == len(records)


@pytest.mark.parametrize(("most", "most_bytes", "kept"), [(200, 64 << 20, 200), (10_000, 60_000, 53), (10_000, 1, 1)])
def test_more_than_is_kept_waiting_is_read_again(
    monkeypatch: pytest.MonkeyPatch, most: int, most_bytes: int, kept: int
) -> None:
    monkeypatch.setattr(materializer, "PENDING_MOST", most)
    monkeypatch.setattr(materializer, "PENDING_MOST_BYTES", most_bytes)
    log = WrittenLog()
    opening = log.open()
    missing = log.write(created(1))
    for _ in range(205):
        log.write(described(1, "x" * 700))
    shown = [opening, *log.records[2:]]
    folding = folded(shown)
    assert folding.materializer.position(0) == 1 + kept
    shown.append(missing)
    folding.end = folding.materializer.position(0)
    folding.apply(*shown[folding.end :])
    assert not folding.is_waiting()
    assert folding.digest() == folded(log.records).digest()


def test_a_failed_commit_leaves_everything_to_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    folding = folded(RECORDS[:5])
    before, head = folding.digest(), folding.head.head
    with monkeypatch.context() as patched:
        patched.setattr("replication.fold.applying.Applying._note", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            folding.apply(*RECORDS[5:])
    assert (folding.digest(), folding.head.head, folding.materializer.position(0)) == (before, head, 5)
    folding.end = 5
    folding.apply(*RECORDS[5:])
    assert folding.digest() == DIGEST


def test_positions_may_have_gaps() -> None:
    folding = Folding()
    for number, record in enumerate(RECORDS):
        folding.materializer.apply(0, [Entry(number * 10 + 3, record)])
    assert folding.materializer.position(0) == (len(RECORDS) - 1) * 10 + 4
    assert folding.digest() == DIGEST


def test_every_authentic_record_is_numbered_once() -> None:
    sequences = [outcome.sequence for outcome in folded((*RECORDS, *RECORDS)).outcomes if outcome.verdict in NUMBERED]
    assert sequences == list(range(1, len(RECORDS) + 1))
