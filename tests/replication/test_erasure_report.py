"""What is told to stand in the way of erasing, step by step, until nothing does."""

import pytest

from replication.erasure_report import Intervals, Reader
from shared import events as e
from shared.erasure.events import (
    DomainKeyDestroyed,
    EpochClosed,
    EpochOpened,
    SealingKeyAnnounced,
    SealingKeyDestroyed,
)
from shared.events import Event
from shared.identifiers import key_stream
from tests.replication.test_erasing import BUCKET, Erased, born, made
from tests.replication.written_log import ACCOUNT, HOME, NODE, OTHER_NODE

INTERVALS = Intervals(advance=1_000, sealing=2_000)


def told(erased: Erased, archives: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    with erased.store.read() as snapshot:
        reader = Reader(snapshot, HOME, 2, INTERVALS, lambda time: f"T{time}", lambda _time: archives)
        return {one.stream: one.hindrances for one in reader.partition(0)}


def gone(*before: Event, multi_region: bool = False) -> tuple[Erased, str]:
    """A log in which a key goes after these events."""
    erased, name = made(multi_region=multi_region)
    for event in before:
        erased.write(event)
    erased.write(e.KeyDeleted(ACCOUNT, name, HOME, whole=True))
    return erased, key_stream(ACCOUNT, name)


def test_nothing_is_told_of_what_lives() -> None:
    erased, _ = made()
    assert told(erased) == {}


@pytest.mark.parametrize(
    ("after", "hindrance"),
    [
        ((), "bucket 6 of us-east-1 has not advanced: it does within moments"),
        ((EpochOpened(BUCKET, 2),), "live secrets of bucket 6 of us-east-1 are still being wrapped again"),
        (
            (EpochOpened(BUCKET, 2), EpochClosed(BUCKET, 1)),
            "node node-1 of us-east-1 has not destroyed its domain key of bucket 6",
        ),
        ((EpochOpened(BUCKET, 2), EpochClosed(BUCKET, 1), DomainKeyDestroyed(BUCKET, 1, NODE)), ""),
    ],
)
def test_each_step_of_an_advance_is_told_until_it_is_done(after: tuple[Event, ...], hindrance: str) -> None:
    erased, stream = gone()
    for event in after:
        erased.write(event)
    assert told(erased) == {stream: (hindrance,) if hindrance else ()}


def test_a_bucket_that_has_advanced_lately_says_when_it_does_again() -> None:
    erased, stream = gone(EpochOpened(BUCKET, 2))
    opened_at = erased.log.time - 1_000
    assert told(erased) == {stream: (f"bucket 6 of us-east-1 has not advanced: it does from T{opened_at + 1_000} on",)}


def test_every_node_that_has_written_has_to_destroy_its_copy() -> None:
    erased, stream = gone()
    erased.apply(erased.log.open(OTHER_NODE))
    for event in (EpochOpened(BUCKET, 2), EpochClosed(BUCKET, 1), DomainKeyDestroyed(BUCKET, 1, NODE)):
        erased.write(event)
    assert told(erased) == {stream: ("node node-2 of us-east-1 has not destroyed its domain key of bucket 6",)}


@pytest.mark.parametrize(
    ("after", "hindrance"),
    [
        ((), "sealing key 1 of us-east-1 is in use: it is exchanged within moments"),
        (
            (SealingKeyAnnounced(HOME, 2, b"card"),),
            "node node-1 of us-east-1 keeps sealing key 1 until all peers have the next",
        ),
        ((SealingKeyAnnounced(HOME, 2, b"card"), SealingKeyDestroyed(HOME, 1, NODE)), ""),
    ],
)
def test_what_may_have_been_sealed_waits_for_the_sealing_key(after: tuple[Event, ...], hindrance: str) -> None:
    erased, stream = gone(multi_region=True)
    for event in (EpochOpened(BUCKET, 2), EpochClosed(BUCKET, 1), DomainKeyDestroyed(BUCKET, 1, NODE), *after):
        erased.write(event)
    assert told(erased) == {stream: (hindrance,) if hindrance else ()}


def test_an_archive_that_could_open_it_stands_in_the_way() -> None:
    erased, stream = gone()
    for event in (EpochOpened(BUCKET, 2), EpochClosed(BUCKET, 1), DomainKeyDestroyed(BUCKET, 1, NODE)):
        erased.write(event)
    assert told(erased, ("archive 7 expires T9",)) == {stream: ("archive 7 expires T9",)}
    assert erased.write(born(9, 2), domain=(BUCKET, 2))
