"""The scrub of the own log: it names whatever happened behind the state, and is silent about an honest world."""

import itertools
from collections.abc import Sequence

import pytest

from replication.log.event_log import Entry
from replication.records.position import Head
from replication.scrub import local as scrub_local
from replication.scrub.local import Known, LocalScrub
from replication.verify.findings import Kind
from replication.verify.state import PartitionState
from tests.replication.folding import folded
from tests.replication.verify.test_tampering import RECORDS, from_elsewhere, history, regions, seen_now
from tests.replication.written_log import OTHER_NODE, WrittenLog, altered, created, described


def known_of(records: Sequence[bytes]) -> Known:
    """What a state knows that has folded these records."""
    with folded(records).store.read() as snapshot:
        state = PartitionState(snapshot, 0)
    return Known(state.head.head, state.position)


def found(shown: Sequence[bytes], known: Known) -> list[tuple[Kind, str]]:
    findings: list[tuple[Kind, str]] = []
    scrub = LocalScrub(folded([]).identity, 0, known, lambda kind, detail: findings.append((kind, detail)))
    for position, record in enumerate(shown):
        if scrub.is_through:
            break
        scrub.take(Entry(position, record))
    scrub.finish(len(shown))
    return findings


def kinds(shown: Sequence[bytes], known: Known) -> set[Kind]:
    return {kind for kind, _ in found(shown, known)}


KNOWN = known_of(RECORDS)


def test_an_honest_log_is_met() -> None:
    assert found(RECORDS, KNOWN) == []


def test_a_log_that_grows_meanwhile_is_read_to_where_the_state_stood() -> None:
    log = history()
    log.write(described(1, "after"))
    log.records.append(b"junk that the state has not read yet")
    assert found(log.records, KNOWN) == []


def test_restarts_and_double_publication_are_nothing() -> None:
    log = history()
    saw = seen_now(log)
    batch = [log.write(described(1, f"late {number}"), **saw) for number in range(3)]
    opened = log.open(**saw)
    shown = [*RECORDS, *RECORDS[5:], opened, *batch, *RECORDS]
    assert found(shown, known_of(shown)) == []


def test_a_batch_that_came_in_half_before_its_author_opened_anew_is_nothing() -> None:
    log = history()
    saw = seen_now(log)
    log.write(described(1, "lost"), **saw)
    stranded = log.write(described(1, "stranded"), **saw)
    shown = [*RECORDS, stranded, log.open(**saw)]
    assert found(shown, known_of(shown)) == []


@pytest.mark.parametrize("region", regions(RECORDS[6]))
def test_a_flipped_bit_is_found_wherever_it_is(region: str) -> None:
    damaged = bytearray(RECORDS[6])
    damaged[regions(RECORDS[6])[region]] ^= 1
    shown = [*RECORDS[:6], bytes(damaged), *RECORDS[7:]]
    assert kinds(shown, KNOWN) == {Kind.FOREIGN, Kind.MISSING}


@pytest.mark.parametrize("dropped", range(len(RECORDS)))
def test_a_dropped_record_is_found(dropped: int) -> None:
    assert kinds(RECORDS[:dropped] + RECORDS[dropped + 1 :], KNOWN) & {Kind.MISSING, Kind.REORDERED, Kind.TRUNCATED}


@pytest.mark.parametrize("end", range(len(RECORDS)))
def test_a_log_cut_behind_the_state_is_found(end: int) -> None:
    assert found(RECORDS[:end], KNOWN) == [
        (Kind.TRUNCATED, f"the state has applied {len(RECORDS)} records, the log gives {end}")
    ]


def test_a_tail_that_changed_nothing_and_was_cut_is_found() -> None:
    assert kinds(RECORDS, known_of([*RECORDS, RECORDS[-1]])) == {Kind.TRUNCATED}


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(range(len(RECORDS)), 2)))
def test_records_that_changed_places_are_found(first: int, second: int) -> None:
    shown = list(RECORDS)
    shown[first], shown[second] = shown[second], shown[first]
    assert Kind.REORDERED in kinds(shown, KNOWN)


def test_records_that_did_not_see_one_another_and_changed_places_are_found() -> None:
    """Each fits its chain and no later record tells: the running hash does."""
    log = WrittenLog()
    log.open()
    log.open(OTHER_NODE)
    saw = seen_now(log)
    one, other = log.write(created(1), **saw), log.write(created(2), node=OTHER_NODE, **saw)
    known = known_of(log.records)
    assert found([*log.records[:2], other, one], known) == [
        (Kind.HEAD, "the running hash at sequence 4 is not the state's")
    ]


@pytest.mark.parametrize("kind", from_elsewhere())
@pytest.mark.parametrize("place", [0, 4, len(RECORDS)])
def test_what_was_spliced_in_is_found(kind: str, place: int) -> None:
    shown = [*RECORDS[:place], from_elsewhere()[kind], *RECORDS[place:]]
    known = known_of(shown)
    assert kinds(shown, known) == {Kind.FOREIGN}


def test_another_history_is_found() -> None:
    forged = altered(RECORDS[6], time=1)
    assert Kind.FORKED in kinds([*RECORDS[:6], forged, *RECORDS[7:]], KNOWN)
    assert kinds([*RECORDS[:7], forged, *RECORDS[7:]], known_of(RECORDS)) == {Kind.FORKED}


def test_a_record_that_the_state_left_out_is_found() -> None:
    log = history()
    log.write(described(1, "left out"))
    known = Known(KNOWN.head, len(log.records))
    assert kinds(log.records, known) == {Kind.SKIPPED}


def test_what_the_state_itself_waits_for_is_not_found_again() -> None:
    log = history()
    saw = seen_now(log)
    log.write(described(1, "missing"), **saw)
    waits = log.write(described(1, "waits"), **saw)
    other = log.write(created(8), node=OTHER_NODE, **saw)
    for shown in ([*RECORDS, waits], [*RECORDS, waits, other]):
        assert known_of(shown).position == len(RECORDS)
        assert found(shown, known_of(shown)) == []


def test_one_gap_is_one_finding_of_each_author_and_ends_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrub_local, "WAITING_MOST", 50)
    log = history()
    for number in range(200):
        log.write(described(1, str(number)))
    shown = [*log.records[:20], *log.records[21:]]
    [(kind, detail)] = found(shown, known_of(log.records))
    assert kind is Kind.MISSING
    assert detail.endswith(", and 49 behind it wait too")


def test_what_is_kept_does_not_grow_with_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrub_local, "DIGESTS_MOST", 100)
    log = WrittenLog()
    log.open()
    log.write(created(1))
    for number in range(1000):
        log.write(described(1, str(number)))
    scrub = LocalScrub(folded([]).identity, 0, Known(log.head, len(log.records)), lambda *_: pytest.fail("found"))
    kept = set()
    for position, record in enumerate(log.records):
        scrub.take(Entry(position, record))
        kept.add((len(scrub._digests), len(scrub._waiting), len(scrub._head.chains)))
    scrub.finish(len(log.records))
    assert max(kept) == (100, 0, 1)


def test_an_author_that_had_seen_longer_ago_than_is_kept_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrub_local, "DIGESTS_MOST", 5)
    log = history()
    saw = seen_now(log)
    for number in range(20):
        log.write(described(1, str(number)))
    log.write(described(2, "late"), node=OTHER_NODE, **saw)
    assert found(log.records, known_of(log.records)) == []
    wrong = Known(Head(log.head.sequence, bytes(32)), len(log.records))
    assert kinds(log.records, wrong) == {Kind.HEAD}
