"""The checker's own numbering of a region's log, written apart from the fold's.

Owns the plain rules: a record counts if its MAC is right and it is the next of its author's newest incarnation, and its
author saw the log as it stands here. Unlike the fold, it remembers every record, so that nothing is taken on trust.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from replication.log.event_log import Entry
from replication.records.position import EMPTY_HEAD, NO_HASH, Head, extend
from replication.records.record import (
    Envelope,
    NotARecord,
    RecordKey,
    decode_envelope,
    decode_record,
    is_authentic,
    record_hash,
)
from replication.sharing.publication import local_log
from replication.verify.findings import Kind, Tell

_NEVER_COUNTED = Kind.MISSING, "it never counted"


class Numbered(NamedTuple):
    """A record that counts. `position` is its place in the log."""

    envelope: Envelope
    hash: bytes
    position: int


class AuthorChain:
    """An author's newest incarnation: the hashes of its records, in order, and what its last one had seen."""

    def __init__(self, incarnation: int) -> None:
        self.incarnation = incarnation
        self.hashes: list[bytes] = []
        self.seen = EMPTY_HEAD


class Numbering:
    """One partition. `digests[n]` is the running hash at sequence n."""

    def __init__(self, region: str, partition: int, key: RecordKey, tell: Tell) -> None:
        self._log, self._partition = local_log(region), partition
        self._key, self._tell = key, tell
        self.head = EMPTY_HEAD
        self.digests = [NO_HASH]
        self.chains: dict[str, AuthorChain] = {}
        self.waiting: list[Numbered] = []

    def take(self, entry: Entry) -> Iterator[Numbered]:
        """The records that count from here on, now that `entry` is known."""
        record = self._authentic(entry)
        if record is None or self._is_past(record):
            return
        if self._obstacle(record) is not None:
            self.waiting.append(record)
            return
        self._count(record)
        yield record
        if self.waiting:
            yield from self._again()

    def _again(self) -> Iterator[Numbered]:
        """Those that waited, in the order of the log, pass by pass until nothing moves."""
        moved = True
        while moved:
            moved, waiting, self.waiting = False, self.waiting, []
            for record in waiting:
                if self._is_past(record):
                    moved = True
                elif self._obstacle(record) is not None:
                    self.waiting.append(record)
                else:
                    moved = True
                    self._tell(Kind.REORDERED, f"position {record.position}: {_name(record)} came before its turn")
                    self._count(record)
                    yield record

    def finish(self) -> None:
        """Report what still waits at the end of the log: of each chain the first record, which the others follow."""
        obstacles = [(self._obstacle(record) or _NEVER_COUNTED, record) for record in self.waiting]
        for (kind, *_), group in groupby(obstacles, lambda found: (found[0][0], found[1].envelope.author)):
            ((_, why), first), *others = group
            place = f"position {first.position}: {_name(first)}"
            behind = f", and {len(others):,} that follow up to position {others[-1][1].position}" if others else ""
            self._tell(kind, f"{place}{behind}: {why}")

    def _authentic(self, entry: Entry) -> Numbered | None:
        try:
            record = decode_record(entry.record)
            envelope = decode_envelope(record.signed) if is_authentic(record, self._key) else None
        except NotARecord as error:
            self._tell(Kind.FOREIGN, f"position {entry.position}: {error}")
            return None
        why = "its MAC is not this region's" if envelope is None else self._misplaced(envelope)
        if why:
            self._tell(Kind.FOREIGN, f"position {entry.position}: {why}")
        return None if why or envelope is None else Numbered(envelope, record_hash(record.signed), entry.position)

    def _misplaced(self, envelope: Envelope) -> str:
        if (envelope.log, envelope.partition) != (self._log, self._partition):
            return f"it belongs to {envelope.log} {envelope.partition}"
        return "it names no node" if envelope.author.node is None or envelope.author.incarnation is None else ""

    def _is_past(self, record: Numbered) -> bool:
        """Seen again, or of an earlier incarnation. A different record under a number that counts is a fork."""
        author, sequence = record.envelope.author, record.envelope.sequence
        chain = self.chains.get(str(author.node))
        if chain is None or (author.incarnation or 0) > chain.incarnation:
            return False
        if author.incarnation != chain.incarnation:
            return True
        if sequence >= len(chain.hashes):
            return False
        if chain.hashes[sequence] != record.hash:
            self._tell(Kind.FORKED, f"position {record.position}: another {_name(record)} counts already")
        return True

    def _obstacle(self, record: Numbered) -> tuple[Kind, str] | None:
        envelope = record.envelope
        chain = self.chains.get(str(envelope.author.node))
        if chain is None or chain.incarnation != envelope.author.incarnation:
            if envelope.sequence != 0:
                return Kind.MISSING, "the opening of its incarnation is missing"
        elif envelope.sequence != len(chain.hashes):
            return Kind.MISSING, f"its author's record {len(chain.hashes)} is missing"
        elif envelope.previous != chain.hashes[-1]:
            return Kind.FORKED, "it follows another record than the one that counts"
        if envelope.seen_sequence > self.head.sequence:
            return Kind.MISSING, f"its author had applied {envelope.seen_sequence} records, {self.head.sequence} count"
        if self.digests[envelope.seen_sequence] != envelope.seen_digest:
            return Kind.REORDERED, f"its author saw another history up to sequence {envelope.seen_sequence}"
        return None

    def _count(self, record: Numbered) -> None:
        envelope = record.envelope
        node, incarnation = str(envelope.author.node), envelope.author.incarnation or 0
        if node not in self.chains or self.chains[node].incarnation != incarnation:
            self.chains[node] = AuthorChain(incarnation)
        self.chains[node].hashes.append(record.hash)
        self.chains[node].seen = Head(envelope.seen_sequence, envelope.seen_digest)
        self.head = extend(self.head, record.hash)
        self.digests.append(self.head.digest)


def _name(record: Numbered) -> str:
    author = record.envelope.author
    return f"record {record.envelope.sequence} of {author.node} ({author.incarnation})"
