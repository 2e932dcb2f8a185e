"""The fold of a region's own log into its state.

Owns the application of records: what is authentic is judged (`judge.py`), what is next is numbered, what holds its
conditions is applied, and state, position and chain heads change in one transaction. The same code runs in every node,
in a rebuild and under simulation: it reads no clock and no randomness, and it never opens a secret.

A record that must wait keeps its partition's position at itself, so that a restart meets it again. No record can stop
the fold: what does not fold freezes the streams it names.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from replication.fold.ahead_store import Changes
from replication.fold.applying import Applying
from replication.fold.buffer import Buffer
from replication.fold.judge import COUNTING, NUMBERED, WAITING, Judged, Verdict, judge
from replication.fold.later_version import note_later
from replication.log.event_log import Entry
from replication.records.own_record import ReadOwn, reads_under
from replication.records.position import Head
from replication.records.record import RecordKey
from replication.sharing.handed_on import note_adoptions
from replication.sharing.publication import local_log
from replication.state.partition_head import PartitionHead
from replication.state.state_store import ADAPTER, PARTITIONS, StateStore, partition_prefix, position_key

PENDING_MOST = 10_000
PENDING_MOST_BYTES = 64 << 20
"""Entries, and bytes of them, kept in memory behind a gap; beyond them the partition is not read further."""


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What became of one record. `sequence` is its place, or None where it was not numbered.

    `shared`: the head of what the region shares with this record, for one that it shares.
    """

    record_hash: bytes
    verdict: Verdict
    sequence: int | None
    answer: str
    shared: Head | None = None


class Alarm(NamedTuple):
    """Something an operator must know. `verdict` is its kind, one of `Verdict` where the fold raises it; nothing secret
    stands in `reason`."""

    partition: int
    verdict: StrEnum
    reason: str


class Identity(NamedTuple):
    """Whose log is folded, and what authenticates it."""

    region: str
    partitions: int
    record_key: RecordKey


class Materializer:
    """Applies the entries of a region's own log, as `read` finds them. One instance writes a store."""

    def __init__(
        self, store: StateStore, identity: Identity, alarm: Callable[[Alarm], None], read: ReadOwn | None = None
    ) -> None:
        self._store = store
        self._read = read or reads_under(identity.record_key)
        self._identity = identity
        self._log = local_log(identity.region)
        self._alarm = alarm
        self._pending: dict[int, list[Entry]] = {}
        self._waiting: dict[int, Alarm] = {}
        self._told: dict[int, Alarm] = {}
        self._heads: dict[int, PartitionHead] = {}

    def head(self, partition: int) -> PartitionHead:
        """The head as last committed. Callers must not change it."""
        if partition not in self._heads:
            with self._store.read() as snapshot:
                encoded = snapshot.get(PARTITIONS, partition_prefix(partition))
            self._heads[partition] = PartitionHead.decode(encoded)
        return self._heads[partition]

    def position(self, partition: int) -> int:
        """Where in the log to read on; known to the log's adapter alone."""
        with self._store.read() as snapshot:
            stored = snapshot.get(ADAPTER, position_key(partition))
        behind = self._pending.get(partition)
        after = behind[-1].position + 1 if behind else 0
        return max(after, int.from_bytes(stored or b"", "big"))

    def waiting(self) -> dict[int, Alarm]:
        """The partitions that wait for a missing record, and why."""
        return dict(self._waiting)

    def apply(self, partition: int, entries: Sequence[Entry]) -> list[Outcome]:
        """Fold `entries`, the next ones of the partition's log, in one transaction."""
        if not entries:
            return []
        pending = self._pending.pop(partition, [])
        outcomes: list[Outcome] = []
        try:
            with self._store.write() as transaction:
                head = PartitionHead.decode(transaction.get(PARTITIONS, partition_prefix(partition)))
                adopted = dict(head.adopted)
                buffer = Buffer(transaction)
                applying = Applying(buffer, self._identity.region, self._identity.partitions, partition, head)
                applying.history.expect(len(pending) + len(entries))
                folded = [*pending, *entries]
                pending = self._fold(applying, folded, outcomes)
                applying.history.write()
                buffer.flush()
                note_adoptions(transaction, partition, adopted, head.adopted, folded[0].position)
                position = pending[0].position if pending else entries[-1].position + 1
                note_later(transaction, partition, applying.later)
                transaction.put(PARTITIONS, partition_prefix(partition), head.encode())
                transaction.put(ADAPTER, position_key(partition), position.to_bytes(8, "big"))
        finally:
            # After a failed commit the heads in memory are ahead of the store: they are read again.
            self._heads.pop(partition, None)
        self._heads[partition] = head
        self._note_pending(partition, pending)
        return outcomes

    def take(self, partition: int, changes: Changes) -> None:
        """Commit what a fold that is ahead has found in the next entries, in which nothing waits."""
        try:
            with self._store.write() as transaction:
                changes.write(transaction)
        finally:
            self._heads.pop(partition, None)

    def _fold(self, applying: Applying, entries: list[Entry], outcomes: list[Outcome]) -> list[Entry]:
        """Apply what can be applied; returns the entries that wait, in their order."""
        waiting: list[Entry] = []
        self._waiting.pop(applying.partition, None)
        for entry in entries:
            outcome = self._one(applying, entry)
            if outcome.verdict in WAITING:
                waiting.append(entry)
                continue
            outcomes.append(outcome)
            if waiting and outcome.verdict in NUMBERED:
                waiting = self._again(applying, waiting, outcomes)
        return waiting

    def _again(self, applying: Applying, waiting: list[Entry], outcomes: list[Outcome]) -> list[Entry]:
        """Something moved: those that waited are judged again, until nothing moves."""
        moved = True
        while moved:
            moved, still = False, []
            self._waiting.pop(applying.partition, None)
            for entry in waiting:
                outcome = self._one(applying, entry)
                if outcome.verdict in WAITING:
                    still.append(entry)
                else:
                    moved = True
                    outcomes.append(outcome)
            waiting = still
        return waiting

    def _one(self, applying: Applying, entry: Entry) -> Outcome:
        own = self._read(entry.record, self._log, applying.partition)
        envelope, hash_ = own.envelope, own.hash
        if envelope is None:
            return self._passed_over(applying, hash_, Judged(Verdict.REJECTED, own.foreign))
        judged = judge(applying.head, envelope, applying.history.digest_at, hash_)
        if judged.verdict in WAITING:
            self._note_waiting(Alarm(applying.partition, judged.verdict, judged.reason))
            return Outcome(hash_, judged.verdict, None, "")
        if judged.verdict not in COUNTING:
            return self._passed_over(applying, hash_, judged)
        numbered = applying.number(envelope, judged.verdict is Verdict.OPENING, hash_)
        if numbered.reason:
            self._alarm(Alarm(applying.partition, numbered.verdict, numbered.reason))
        is_shared = envelope.shared is not None and numbered.verdict is Verdict.APPLIED
        shared = applying.head.shared if is_shared else None
        return Outcome(hash_, numbered.verdict, applying.head.head.sequence, numbered.answer, shared)

    def _passed_over(self, applying: Applying, hash_: bytes, judged: Judged) -> Outcome:
        if judged.verdict is Verdict.REJECTED:
            self._alarm(Alarm(applying.partition, Verdict.REJECTED, f"a record was passed over: {judged.reason}"))
        return Outcome(hash_, judged.verdict, None, "")

    def _note_waiting(self, alarm: Alarm) -> None:
        """The first that waits says why. Told at once: what is missing may be the next record, out of its place."""
        if alarm.partition in self._waiting:
            return
        self._waiting[alarm.partition] = alarm
        if self._told.get(alarm.partition) != alarm:
            self._told[alarm.partition] = alarm
            self._alarm(alarm)

    def _note_pending(self, partition: int, pending: list[Entry]) -> None:
        if pending:
            self._pending[partition] = _kept(pending)
        else:
            self._told.pop(partition, None)


def _kept(pending: list[Entry]) -> list[Entry]:
    """The first of them, as far as memory is to hold them; one at least."""
    size = 0
    for count, entry in enumerate(pending[:PENDING_MOST]):
        size += len(entry.record)
        if size > PENDING_MOST_BYTES and count:
            return pending[:count]
    return pending[:PENDING_MOST]
