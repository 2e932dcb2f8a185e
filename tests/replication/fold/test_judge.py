"""The verdict on one record, rule by rule."""

import pytest
from msgspec.structs import replace

from replication.fold.judge import Verdict, judge
from replication.records.position import EMPTY_HEAD, NO_HASH, Head
from replication.records.record import Author, Envelope
from replication.state.partition_head import Chain, PartitionHead
from tests.replication.written_log import HOME, WrittenLog, envelope_of

LAST, OTHER = b"L" * 32, b"O" * 32
DIGESTS = {10: b"t" * 32, 7: b"s" * 32, 5: b"f" * 32}
HEAD = Head(10, DIGESTS[10])


def head(**chains: Chain) -> PartitionHead:
    partition = PartitionHead()
    partition.head = HEAD
    partition.chains = {"node-1": Chain(4, 8, LAST, Head(7, DIGESTS[7])), **chains}
    return partition


def record(sequence: int = 8, incarnation: int | None = 4, node: str | None = "node-1", **fields: object) -> Envelope:
    log = WrittenLog()
    changed = {"previous": LAST, "seen_sequence": 10, "seen_digest": DIGESTS[10], **fields}
    envelope = replace(envelope_of(log.open()), author=Author(HOME, node, incarnation), sequence=sequence)
    return replace(envelope, **changed)


@pytest.mark.parametrize(
    ("envelope", "verdict"),
    [
        (record(), Verdict.NEXT),
        (record(seen_sequence=7, seen_digest=DIGESTS[7]), Verdict.NEXT),
        (record(seen_sequence=5, seen_digest=DIGESTS[5]), Verdict.NEXT),
        (record(seen_sequence=0, seen_digest=NO_HASH), Verdict.NEXT),
        (record(seen_sequence=0, seen_digest=OTHER), Verdict.REORDERED),
        (record(seen_sequence=5, seen_digest=OTHER), Verdict.REORDERED),
        (record(seen_sequence=7, seen_digest=OTHER), Verdict.REORDERED),
        (record(seen_sequence=10, seen_digest=OTHER), Verdict.REORDERED),
        (record(seen_sequence=3, seen_digest=OTHER), Verdict.REORDERED),
        (record(seen_sequence=11), Verdict.AHEAD),
        (record(previous=OTHER), Verdict.FORK),
        (record(9), Verdict.GAP),
        (record(7), Verdict.SEEN_AGAIN),
        (record(7, record_id=b"another"), Verdict.FORK),
        (record(3), Verdict.SEEN_AGAIN),
        (record(8, 3), Verdict.SUPERSEDED),
        (record(0, 3), Verdict.SUPERSEDED),
        (record(0, 5), Verdict.OPENING),
        (record(0, 5, previous=OTHER), Verdict.OPENING),
        (record(0, 5, seen_sequence=11), Verdict.AHEAD),
        (record(0, 5, seen_digest=OTHER), Verdict.REORDERED),
        (record(1, 5), Verdict.GAP),
        (record(0, 1, node="node-2"), Verdict.OPENING),
        (record(1, 1, node="node-2"), Verdict.GAP),
        (record(node=None), Verdict.REJECTED),
        (record(incarnation=None), Verdict.REJECTED),
    ],
)
def test_each_rule(envelope: Envelope, verdict: Verdict) -> None:
    seen_before = record(7)
    hash_ = LAST if envelope == seen_before else OTHER
    judged = judge(head(), envelope, DIGESTS.get, hash_)
    assert judged.verdict is verdict
    assert bool(judged.reason) is (
        verdict not in (Verdict.NEXT, Verdict.OPENING, Verdict.SEEN_AGAIN, Verdict.SUPERSEDED)
    )


def test_the_first_opening_of_an_empty_partition() -> None:
    envelope = record(0, 1, seen_sequence=0, seen_digest=NO_HASH)
    assert judge(PartitionHead(), envelope, lambda _: None, OTHER).verdict is Verdict.OPENING
    assert PartitionHead().head == EMPTY_HEAD


def test_a_reason_names_what_is_missing() -> None:
    assert "node-1 has written 9, its record 8 is missing" in judge(head(), record(9), DIGESTS.get, OTHER).reason


def test_a_forgotten_history_is_not_taken_on_trust() -> None:
    assert "forgotten" in judge(head(), record(seen_sequence=3, seen_digest=OTHER), lambda _: None, OTHER).reason
