"""The verdict on one record, from envelopes alone.

Owns the rules that decide whether a record counts, waits, or is passed over. Every reader of a partition comes to the
same verdicts, whatever its program can read of the bodies. The rules, in their order:

1. An author's opening of a greater incarnation takes effect at its place, whatever stands before it.
2. Records of an earlier incarnation are superseded: passed over, no alarm (a batch delayed by the broker).
3. A record of the chain seen before is passed over, no alarm (a batch published twice).
4. A record beyond the next of its chain waits: one before it is missing.
5. A record whose seen head lies ahead waits; one whose seen head differs, or can no longer be compared, waits until
   its author opens anew: the log was reordered.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from replication.records.position import NO_HASH
from replication.records.record import Envelope
from replication.state.partition_head import PartitionHead


class Verdict(StrEnum):
    __hash__ = str.__hash__  # that of an enumeration is written in Python, and three sets are asked for every record

    NEXT = "next"
    OPENING = "opening"
    SUPERSEDED = "superseded"
    SEEN_AGAIN = "seen again"
    GAP = "gap"
    FORK = "fork"
    AHEAD = "ahead"
    REORDERED = "reordered"
    REJECTED = "rejected"
    APPLIED = "applied"
    VOID = "void"
    REPEATED = "repeated"
    FROZEN = "frozen"
    STILL_FROZEN = "still frozen"
    """A command seen before, whose record froze its streams: not carried out, and not to be carried out again."""
    OVERREACH = "overreach"
    """Numbered and adopted, but its origin may not say it: it changes nothing (`shared/authority.py`)."""


COUNTING = frozenset((Verdict.NEXT, Verdict.OPENING))
"""Of those that `judge` gives: the record gets a number."""
WAITING = frozenset((Verdict.GAP, Verdict.FORK, Verdict.AHEAD, Verdict.REORDERED))
NUMBERED = frozenset(
    {
        Verdict.OPENING,
        Verdict.APPLIED,
        Verdict.VOID,
        Verdict.REPEATED,
        Verdict.FROZEN,
        Verdict.STILL_FROZEN,
        Verdict.OVERREACH,
    }
)


class Judged(NamedTuple):
    verdict: Verdict
    reason: str = ""


_NEXT = Judged(Verdict.NEXT)
_OPENING = Judged(Verdict.OPENING)
_SUPERSEDED = Judged(Verdict.SUPERSEDED)
_SEEN_AGAIN = Judged(Verdict.SEEN_AGAIN)


def judge(head: PartitionHead, envelope: Envelope, digest_at: Callable[[int], bytes | None], hash_: bytes) -> Judged:
    """Place an authentic record of this partition. `digest_at` gives the running hash at an earlier sequence."""
    node, incarnation = envelope.author.node, envelope.author.incarnation
    if node is None or incarnation is None:
        return Judged(Verdict.REJECTED, "a record of a region's own log names its node")
    chain = head.chains.get(node)
    if chain is None or incarnation > chain.incarnation:
        if envelope.sequence != 0:
            return Judged(Verdict.GAP, f"incarnation {incarnation} of {node} was never opened")
        return _seen_head(head, envelope, digest_at) or _OPENING
    if incarnation < chain.incarnation:
        return _SUPERSEDED
    if envelope.sequence < chain.next_sequence:
        if envelope.sequence == chain.next_sequence - 1 and hash_ != chain.last_hash:
            return Judged(Verdict.FORK, f"two records of {node} bear the number {envelope.sequence}")
        return _SEEN_AGAIN
    if envelope.sequence > chain.next_sequence:
        return Judged(
            Verdict.GAP, f"{node} has written {envelope.sequence}, its record {chain.next_sequence} is missing"
        )
    if envelope.previous != chain.last_hash:
        return Judged(Verdict.FORK, f"record {envelope.sequence} of {node} follows another history")
    if envelope.seen_sequence == chain.seen.sequence and envelope.seen_digest == chain.seen.digest:
        return _NEXT
    return _seen_head(head, envelope, digest_at) or _NEXT


def _seen_head(head: PartitionHead, envelope: Envelope, digest_at: Callable[[int], bytes | None]) -> Judged | None:
    seen = envelope.seen_sequence
    if seen > head.head.sequence:
        return Judged(Verdict.AHEAD, f"the author had applied {seen} records, here are {head.head.sequence}")
    digest = head.head.digest if seen == head.head.sequence else digest_at(seen) if seen else NO_HASH
    if digest is None:
        # Taking it unchecked would let a reordered record in once its history is forgotten.
        return Judged(Verdict.REORDERED, f"the history up to sequence {seen}, which its author saw, is forgotten")
    if digest != envelope.seen_digest:
        return Judged(Verdict.REORDERED, f"the author saw another history up to sequence {seen}")
    return None
