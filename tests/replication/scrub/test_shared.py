"""The scrub of the shared log: every number once said stands there, whatever its place."""

import random
from collections.abc import Sequence

import pytest

from replication.log.event_log import Entry
from replication.records.position import EMPTY_HEAD, Head
from replication.scrub import shared as scrub_shared
from replication.scrub.shared import SharedScrub, published_head
from replication.state.memory_store import MemoryStore
from replication.state.state_store import OUTBOX, numbered_key
from replication.verify.findings import Kind
from tests.replication.folding import folded
from tests.replication.written_log import (
    HOME,
    IDENTITIES,
    PEER,
    SharedLog,
    WrittenLog,
    created,
    envelope_of,
    hash_of,
    sealed_record,
    shared_form,
)

COUNT = 8
LOG = SharedLog(HOME)
RECORDS = [LOG.share(shared_form(number)) for number in range(1, COUNT + 1)]


def found(
    shown: Sequence[bytes], published: Head = LOG.head, head: int = COUNT, identity: bytes = b""
) -> list[tuple[Kind, str]]:
    findings: list[tuple[Kind, str]] = []
    scrub = SharedScrub(
        HOME, 0, identity or IDENTITIES[HOME].public_bytes, published, lambda kind, text: findings.append((kind, text))
    )
    for position, record in enumerate(shown):
        if scrub.is_through:
            break
        scrub.take(Entry(position, record))
    scrub.finish(head)
    assert len(scrub._runs) <= scrub_shared.RUNS_MOST + 1
    return findings


def kinds(shown: Sequence[bytes]) -> set[Kind]:
    return {kind for kind, _ in found(shown)}


def test_an_honest_log_is_met_and_kept_as_one_run() -> None:
    scrub = SharedScrub(HOME, 0, IDENTITIES[HOME].public_bytes, LOG.head, lambda *_: pytest.fail("found"))
    for position, record in enumerate([*RECORDS, *RECORDS]):
        scrub.take(Entry(position, record))
        assert len(scrub._runs) == 1
    scrub.finish(COUNT)


@pytest.mark.parametrize("seed", range(20))
def test_places_and_repetitions_mean_nothing(seed: int) -> None:
    shown = [*RECORDS, *RECORDS[2:5]]
    random.Random(seed).shuffle(shown)
    assert found(shown) == []


def test_growth_during_the_reading_is_nothing() -> None:
    early = Head(5, hash_of(RECORDS[4]))
    assert found(RECORDS, early) == []
    assert found([], EMPTY_HEAD, 0) == []


@pytest.mark.parametrize("number", range(1, COUNT + 1))
def test_a_dropped_number_is_found(number: int) -> None:
    kind = Kind.MISSING if number < COUNT else Kind.TRUNCATED
    assert kinds([*RECORDS[: number - 1], *RECORDS[number:]]) == {kind}


@pytest.mark.parametrize("end", range(COUNT))
def test_a_cut_log_is_found(end: int) -> None:
    assert kinds(RECORDS[:end]) == {Kind.TRUNCATED}


@pytest.mark.parametrize("place", [3, -1])
def test_a_flipped_bit_is_found(place: int) -> None:
    damaged = bytearray(RECORDS[4])
    damaged[place] ^= 1
    assert Kind.FOREIGN in kinds([*RECORDS[:4], bytes(damaged), *RECORDS[5:]])
    assert found([*RECORDS, bytes(damaged)])


@pytest.mark.parametrize(
    "spliced",
    [
        SharedLog(PEER).share(shared_form(1)),
        SharedLog(HOME, 1).share(shared_form(1)),
        SharedLog(HOME).share(shared_form(1), sequence=0),
        sealed_record(HOME, b"junk"),
        b"",
    ],
)
def test_what_belongs_elsewhere_is_found(spliced: bytes) -> None:
    assert kinds([*RECORDS[:3], spliced, *RECORDS[3:]]) == {Kind.FOREIGN}


def test_another_history_is_found() -> None:
    other = SharedLog(HOME)
    forked = [other.share(shared_form(number + 50)) for number in range(COUNT)]
    assert kinds([*RECORDS[:4], *forked[4:]]) == {Kind.FORKED, Kind.SHARED}
    assert kinds([*RECORDS[:5], forked[4], *RECORDS[5:]]) == {Kind.FORKED}
    assert kinds(forked) == {Kind.SHARED}
    behind = other.share(shared_form(99))
    assert kinds([behind, *RECORDS]) == {Kind.FORKED, Kind.TRUNCATED}


def test_a_first_record_that_follows_another_is_found() -> None:
    first = SharedLog(HOME).share(shared_form(1), previous=b"x" * 32)
    assert found([first], Head(1, hash_of(first)), 1) == [
        (Kind.FORKED, "number 1 follows another record than number 0")
    ]


def test_more_published_than_the_state_has_given_tells_of_a_cut_local_log() -> None:
    [(kind, detail)] = found(RECORDS, Head(5, hash_of(RECORDS[4])), 5)
    assert (kind, detail.split(":")[0]) == (Kind.TRUNCATED, "number 8 was published, the state has given 5")


def test_a_log_in_pieces_ends_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrub_shared, "RUNS_MOST", 2)
    assert {kind for kind, _ in found(RECORDS[::2])} == {Kind.MISSING, Kind.TRUNCATED}


def test_up_to_where_everything_is_published_is_read_from_the_outbox() -> None:
    log = WrittenLog()
    log.open()
    for number in range(1, 4):
        log.write(created(number), shared=[shared_form(number)])
    store = MemoryStore()
    folding = folded(log.records, store)
    outbox = folding.outbox()
    with store.read() as snapshot:
        assert published_head(snapshot, 0) == EMPTY_HEAD
    with store.write() as transaction:
        transaction.delete(OUTBOX, numbered_key(0, 1))
    with store.read() as snapshot:
        assert published_head(snapshot, 0) == Head(1, hash_of(sealed_record(HOME, outbox[0])))
    with store.write() as transaction:
        for number in (2, 3):
            transaction.delete(OUTBOX, numbered_key(0, number))
    with store.read() as snapshot:
        assert published_head(snapshot, 0) == folding.head.shared
    assert envelope_of(sealed_record(HOME, outbox[2])).sequence == 3
