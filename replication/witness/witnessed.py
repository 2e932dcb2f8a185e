"""What a witness has seen of one other region, and what that proves against it.

Owns the arithmetic, without disk or clock: which checkpoints are kept (of every partition one with the highest head),
and when two of them cannot both be honest. Two signed heads of one sequence are a fork; a node that signs a lower head
than it has signed before was rolled back. Both statements are then kept, each with the region's own signature: it
cannot be denied by the region, nor made up by the witness.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from replication.pulses.pulse import Verify
from replication.witness.checkpoint import Checkpoint, NotACheckpoint, Seen, decode_checkpoint, furthest

EVIDENCE_MOST = 16
"""Of one region; what comes later says nothing new."""


class Evidence(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Two checkpoints of one region, as it signed them, of which one is a lie. `what`: in a sentence."""

    former: bytes
    later: bytes
    what: str


class _Kept(msgspec.Struct, array_like=True, frozen=True, gc=False):
    highest: tuple[bytes, ...]
    evidence: Annotated[tuple[Evidence, ...], msgspec.Meta(max_length=EVIDENCE_MOST)]


class Witnessed(msgspec.Struct, frozen=True):
    """`highest`: checkpoints among which every partition's highest head stands, the latest last."""

    highest: tuple[Seen, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def shown(self) -> tuple[bytes, ...]:
        """What the region is shown when it asks: what it must extend, and what it once said and no more."""
        former = (one.former for one in self.evidence)
        return tuple(dict.fromkeys([*former, *(seen.encoded for seen in self.highest)]))


NOTHING = Witnessed()
_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(_Kept).decode


def encode_witnessed(witnessed: Witnessed) -> bytes:
    """As it is kept: a msgpack array of the encoded checkpoints and of the evidence, arrays of their fields."""
    return _write(_Kept(tuple(seen.encoded for seen in witnessed.highest), witnessed.evidence))


def decode_witnessed(encoded: bytes, verify: Verify) -> Witnessed:
    """Errors: NotACheckpoint, also where a signature does not fit any more."""
    try:
        kept = _read(encoded)
    except msgspec.MsgspecError as error:
        raise NotACheckpoint(f"not what a witness has kept: {type(error).__name__}") from error
    return Witnessed(tuple(decode_checkpoint(one, verify) for one in kept.highest), kept.evidence)


def witness(witnessed: Witnessed, seen: Seen) -> Witnessed:
    """What is known once `seen` has come, too: the same value where it tells nothing new."""
    found = [(former, what) for former in witnessed.highest if (what := contradiction(former, seen))]
    evidence = _with(witnessed.evidence, [Evidence(former.encoded, seen.encoded, what) for former, what in found])
    highest = _highest(witnessed.highest, seen)
    if highest == witnessed.highest and evidence == witnessed.evidence:
        return witnessed
    return Witnessed(highest, evidence)


def contradiction(former: Seen, later: Seen) -> str:
    """Why the two cannot both be honest, in a sentence, or ""."""
    one, other = former.checkpoint, later.checkpoint
    for partition in range(max(len(one.heads), len(other.heads))):
        if what := _contradicted(one, other, partition):
            return f"{one.region} {what}"
    return ""


def _contradicted(former: Checkpoint, later: Checkpoint, partition: int) -> str:
    before, after = former.head(partition), later.head(partition)
    if before.sequence == after.sequence and before.digest != after.digest:
        return f"has two histories of partition {partition}: it has signed two different heads of {before.sequence}"
    # Another node of the region may be behind, and an old checkpoint that comes again means nothing.
    if after.sequence < before.sequence and former.node == later.node and later.time > former.time:
        return f"was rolled back: its partition {partition} had {before.sequence} records, and later {after.sequence}"
    return ""


def _with(evidence: tuple[Evidence, ...], found: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Once for each former statement: a region that goes on in its new history says the same again at every beat."""
    known = {one.former for one in evidence}
    return (*evidence, *(one for one in found if one.former not in known))[:EVIDENCE_MOST]


def _highest(highest: Sequence[Seen], seen: Seen) -> tuple[Seen, ...]:
    """Of every partition one with the highest head: never more checkpoints than there are partitions."""
    if all(furthest(highest, number) == head for number, head in enumerate(seen.checkpoint.heads)):
        return tuple(highest)
    known = (*highest, seen)
    partitions = range(max(len(one.checkpoint.heads) for one in known))
    needed = {_holder(known, partition).encoded for partition in partitions}
    return tuple(one for one in known if one.encoded in needed)


def _holder(known: Sequence[Seen], partition: int) -> Seen:
    """The latest with the highest head. Of two different ones the former counts: a later lie drives out nothing."""
    highest = furthest(known, partition)
    return next(one for one in reversed(known) if one.checkpoint.head(partition) == highest)
