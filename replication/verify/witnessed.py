"""What a region's witnesses have seen, held against the log that it shows.

Owns the findings that no log tells by itself: a log that is cut is a whole one, and so is another that the region's own
keys have made. The rules are those of `witness_rule.py`, written a second time.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from replication.verify.chain import Numbering
from replication.verify.findings import Kind, Tell
from replication.witness.checkpoint import Seen


class Shown(NamedTuple):
    """A checkpoint of the region, and who has seen it."""

    witness: str
    seen: Seen


def check_witnessed(numbering: Numbering, partition: int, shown: Sequence[Shown], tell: Tell) -> None:
    """Tell which record of the partition the log lacks, or up to which it has another history.

    Between two checkpoints nothing tells which record is the first that differs.
    """
    agreed, given = 0, numbering.head.sequence
    for one in sorted(shown, key=lambda one: one.seen.checkpoint.head(partition).sequence):
        head = one.seen.checkpoint.head(partition)
        signed = f"signed at {_instant(one.seen.checkpoint.time)} and seen by {one.witness}"
        if head.sequence > given:
            tell(Kind.TRUNCATED, f"without {_records(given + 1, head.sequence)}, which it had when it was {signed}")
        elif head.sequence and numbering.digests[head.sequence] != head.digest:
            what = f"it is not the history up to record {head.sequence} that was {signed}"
            tell(Kind.FORKED, f"{what}: different {_within(agreed + 1, head.sequence)}")
        else:
            agreed = head.sequence


def check_checkpoints(shown: Iterable[Shown], tell: Tell) -> None:
    """Tell which checkpoints contradict each other, whatever the log says."""
    told: set[str] = set()
    in_order = sorted(shown, key=lambda one: one.seen.checkpoint.time)
    for number, later in enumerate(in_order):
        for former in in_order[:number]:
            for kind, what in _contradictions(former, later):
                if what not in told:
                    told.add(what)
                    tell(kind, what)


def _contradictions(former: Shown, later: Shown) -> Iterable[tuple[Kind, str]]:
    one, other = former.seen.checkpoint, later.seen.checkpoint
    seen_by = f"seen by {former.witness} and {later.witness}"
    for partition in range(len(one.heads)):
        before, after = one.head(partition), other.head(partition)
        if before.sequence == after.sequence and before.digest != after.digest:
            yield Kind.FORKED, f"two histories of partition {partition} up to record {before.sequence}, {seen_by}"
        elif after.sequence < before.sequence and one.node == other.node and one.time < other.time:
            what = f"partition {partition} was rolled back from record {before.sequence} to {after.sequence}"
            yield Kind.TRUNCATED, f"{what}, {seen_by}"


def _records(first: int, last: int) -> str:
    return f"record {first}" if first == last else f"records {first} to {last}"


def _within(first: int, last: int) -> str:
    return f"in record {first}" if first == last else f"somewhere in records {first} to {last}"


def _instant(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")
