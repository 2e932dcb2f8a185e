"""What is told to stand in the way of erasing, step by step, until nothing does."""

import pytest

from replication.reports.erasure_report import Intervals, Reader
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
from shared.nodes.events import NodeAdmitted, NodeMissed, NodeRemoved, NodeReturned
from tests.replication.fold.test_erasing import BUCKET, Erased, born, made
from tests.replication.written_log import ACCOUNT, HOME, NODE, OTHER_NODE

INTERVALS = Intervals(advance=1_000, sealing=2_000)


def told(
    erased: Erased, archives: tuple[str, ...] = (), intervals: Intervals = INTERVALS
) -> dict[str, tuple[str, ...]]:
    with erased.store.read() as snapshot:
        reader = Reader(snapshot, HOME, 2, intervals, lambda time: f"T{time}", lambda _time: archives)
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


DESTROYED = (EpochOpened(BUCKET, 2), EpochClosed(BUCKET, 1), DomainKeyDestroyed(BUCKET, 1, NODE))
ADMITTED = tuple(NodeAdmitted(node, b"card", "127.0.0.1:1") for node in (NODE, OTHER_NODE))


def test_every_node_that_is_admitted_has_to_destroy_its_copy_though_it_has_never_written() -> None:
    erased, stream = gone(*ADMITTED)
    for event in DESTROYED:
        erased.write(event)
    assert told(erased) == {stream: ("node node-2 of us-east-1 has not destroyed its domain key of bucket 6",)}
    erased.write(DomainKeyDestroyed(BUCKET, 1, OTHER_NODE))
    assert told(erased) == {stream: ()}


def test_a_node_that_was_removed_counts_no_more_though_it_has_written() -> None:
    erased, stream = gone(*ADMITTED, multi_region=True)
    erased.apply(erased.log.open(OTHER_NODE))
    for event in (*DESTROYED, SealingKeyAnnounced(HOME, 2, b"card"), SealingKeyDestroyed(HOME, 1, NODE)):
        erased.write(event)
    assert len(told(erased)[stream]) == 2
    erased.write(NodeRemoved(OTHER_NODE, NODE))
    assert told(erased) == {stream: ()}


@pytest.mark.parametrize(("min_copies", "waits"), [(None, False), (2, False), (3, True)])
def test_a_bucket_whose_next_key_needs_more_nodes_than_there_are_says_so(min_copies: int | None, waits: bool) -> None:
    erased, _ = gone(*ADMITTED)
    ((_, (hindrance,)),) = told(erased, intervals=INTERVALS._replace(min_copies=min_copies)).items()
    needs = "bucket 6 of us-east-1 does not advance: its next key has to stand on 3 nodes, and the region has 2"
    assert (hindrance == needs) is waits


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


AWAY: tuple[Event, ...] = (*ADMITTED, NodeMissed(OTHER_NODE, NODE))
REMEDY = "bring it back, or remove it and destroy its disk"


def test_a_bucket_whose_next_key_would_stand_on_too_few_nodes_names_the_one_that_is_away() -> None:
    erased, stream = gone(*AWAY)
    (hindrance,) = told(erased)[stream]
    assert hindrance == (
        "bucket 6 of us-east-1 does not advance: its next key has to stand on 2 nodes, and node-2 is away: "
        "bring back, or remove and destroy the disk"
    )
    alone = Intervals(advance=1_000, sealing=2_000, min_copies=1)
    assert told(erased, intervals=alone)[stream] == ("bucket 6 of us-east-1 has not advanced: it does within moments",)
    erased.write(NodeReturned(OTHER_NODE, 1))
    assert told(erased)[stream] == ("bucket 6 of us-east-1 has not advanced: it does within moments",)


def test_a_node_that_is_away_keeps_what_is_destroyed_from_being_called_erased() -> None:
    """It holds the key, and whoever has its disk opens what is gone; so it is until it has said otherwise itself."""
    erased, stream = gone(*AWAY)
    for event in DESTROYED:
        erased.write(event)
    waits = "node node-2 of us-east-1 has not destroyed its domain key of bucket 6"
    assert told(erased) == {stream: (f"{waits} (it is away: {REMEDY})",)}
    erased.write(NodeReturned(OTHER_NODE, 1))
    assert told(erased) == {stream: (waits,)}
    erased.write(DomainKeyDestroyed(BUCKET, 1, OTHER_NODE))
    assert told(erased) == {stream: ()}


def test_a_removed_node_that_was_away_is_waited_for_no_more() -> None:
    erased, stream = gone(*AWAY)
    for event in (*DESTROYED, NodeRemoved(OTHER_NODE, NODE)):
        erased.write(event)
    assert told(erased) == {stream: ()}
