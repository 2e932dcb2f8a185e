"""The scrub of a region's own log: one reading of a partition from its beginning, against what its state knows.

Owns what is checked of each record behind the state's position: its proof, its place in its author's chain, what its
author had seen, by the fold's own verdicts (`judge.py`); and that the running hash meets the state's at the sequence
that the state has applied. Nothing is folded, and memory does not grow with the log: what is kept is the chains' heads,
the last running hashes, and a bounded number of records that wait for one that is missing.
"""

from typing import NamedTuple

from msgspec.structs import replace

from replication.fold.judge import COUNTING, WAITING, Judged, Verdict, judge
from replication.fold.materializer import Identity
from replication.log.event_log import Entry
from replication.records.own_record import read_own_record
from replication.records.position import Head, extend
from replication.records.record import Author, Envelope
from replication.sharing.publication import local_log
from replication.state.partition_head import PartitionHead
from replication.verify.findings import Kind, Tell

DIGESTS_MOST = 10_000
"""So many running hashes are kept. An author that had seen less is not compared: the state's hash decides there."""
WAITING_MOST = 1_000
"""Where more records wait for a missing one, the rest of the partition tells nothing new."""
_KINDS = {Verdict.GAP: Kind.MISSING, Verdict.AHEAD: Kind.MISSING, Verdict.REORDERED: Kind.REORDERED}


class Known(NamedTuple):
    """What the state has of a partition: the head that it has applied, and the position from which it reads on."""

    head: Head
    position: int


class _Placed(NamedTuple):
    """A record and its place. While it waits, without what it holds."""

    position: int
    hash: bytes
    envelope: Envelope


class LocalScrub:
    """One partition. Give it the entries in order until `is_through`, or up to the log's end; then `finish`."""

    def __init__(self, identity: Identity, partition: int, known: Known, tell: Tell) -> None:
        self._key, self._log, self._partition = identity.record_key, local_log(identity.region), partition
        self._known, self._tell = known, tell
        self._head = PartitionHead()
        self._digests: dict[int, bytes] = {}
        self._waiting: list[_Placed] = []
        self._read = 0

    @property
    def sequence(self) -> int:
        """So many records of the log count, as far as it was read."""
        return self._head.head.sequence

    @property
    def is_through(self) -> bool:
        """All that the state has read was read; or so much waits that nothing is told by reading on."""
        is_met = self._head.head.sequence >= self._known.head.sequence
        return (is_met and self._read >= self._known.position) or len(self._waiting) >= WAITING_MOST

    def take(self, entry: Entry) -> None:
        self._read = entry.position + 1
        own = read_own_record(entry.record, self._key, self._log, self._partition)
        envelope, hash_ = own.envelope, own.hash
        if envelope is None:
            self._tell(Kind.FOREIGN, f"position {entry.position}: {own.foreign}")
            return
        record = _Placed(entry.position, hash_, envelope)
        judged = self._judge(record)
        if judged.verdict in COUNTING:
            self._count(record)
            self._again()
        elif judged.verdict in _KINDS:
            self._waiting.append(record._replace(envelope=replace(envelope, request=None, shared=None, body=None)))
        elif judged.verdict in (Verdict.FORK, Verdict.REJECTED):
            kind = Kind.FORKED if judged.verdict is Verdict.FORK else Kind.FOREIGN
            self._tell(kind, f"position {entry.position}: {judged.reason}")

    def finish(self, end: int) -> None:
        """Tell what was not met, of a gap nothing twice. `end`: where the log ended, looked up after `known` was."""
        unmet, given, known = self._unmet(), self._head.head.sequence, self._known
        for finding in unmet:
            self._tell(*finding)
        if unmet:
            return
        if given < known.head.sequence:
            self._tell(Kind.TRUNCATED, f"the state has applied {known.head.sequence} records, the log gives {given}")
        elif known.position > end:
            self._tell(Kind.TRUNCATED, f"the state has read up to position {known.position}, the log ends at {end}")

    def _judge(self, record: _Placed) -> Judged:
        seen = record.envelope.seen_digest
        return judge(self._head, record.envelope, lambda sequence: self._digests.get(sequence, seen), record.hash)

    def _count(self, record: _Placed) -> None:
        self._head.extend_chain(record.envelope, record.hash)
        head = self._head.head = extend(self._head.head, record.hash)
        self._digests[head.sequence] = head.digest
        self._digests.pop(head.sequence - DIGESTS_MOST, None)
        known = self._known
        if head.sequence == known.head.sequence and head.digest != known.head.digest:
            self._tell(Kind.HEAD, f"the running hash at sequence {head.sequence} is not the state's")
        if head.sequence == known.head.sequence + 1 and record.position < known.position:
            self._tell(Kind.SKIPPED, f"position {record.position}: the state reads on behind it, without having it")

    def _again(self) -> None:
        """Something moved: those that waited are judged again, until nothing moves."""
        moved = bool(self._waiting)
        while moved:
            moved, waiting, self._waiting = False, self._waiting, []
            for record in waiting:
                judged = self._judge(record)
                if judged.verdict in COUNTING:
                    moved = True
                    self._tell(Kind.REORDERED, f"position {record.position}: it stands before one that it follows")
                    self._count(record)
                elif judged.verdict in WAITING:
                    self._waiting.append(record)

    def _unmet(self) -> list[tuple[Kind, str]]:
        """Of each author the first record that waits, which the others follow.

        One that the state itself waits for is no finding: it is an alarm of the fold's.
        """
        is_met = self._head.head.sequence >= self._known.head.sequence
        waiting = [one for one in self._waiting if not is_met or one.position < self._known.position]
        chains: dict[Author, list[_Placed]] = {}
        for one in waiting:
            chains.setdefault(one.envelope.author, []).append(one)
        found = []
        for first, *others in chains.values():
            judged = self._judge(first)
            behind = f", and {len(others):,} behind it wait too" if others else ""
            kind = _KINDS.get(judged.verdict, Kind.FORKED)
            found.append((kind, f"position {first.position}: {judged.reason}{behind}"))
        return found
