"""The checker of a region: its logs against its state, by rules written a second time.

Owns the order of a check that also holds while the node works: first a snapshot of the state, then the ends of the
shared log, then the ends of the local log, so that each can only be ahead of the one before it. Reads only.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from replication.log.event_log import Entry, EventLog, LogTruncated
from replication.records.position import Head
from replication.records.record import Envelope, RecordKey
from replication.state.state_store import Snapshot
from replication.verify.chain import Numbered, Numbering
from replication.verify.findings import Finding, Kind, Report, Tell
from replication.verify.fold import PlainFold
from replication.verify.region_identities import KnownIdentities
from replication.verify.shared import SharedNumbering, check_adoption
from replication.verify.state import PartitionState, compare
from replication.verify.witnessed import Shown, check_checkpoints, check_witnessed

READ_MOST = 1000


class Checked(NamedTuple):
    """A region and what proves its records.

    `cards`: the signing identity, 32 bytes, of every peer whose card the snapshot's state has pinned.
    """

    region: str
    partitions: int
    record_key: RecordKey
    identity: bytes
    cards: Mapping[str, bytes]
    shown: Sequence[Shown] = ()
    """Checkpoints of the region that its witnesses have seen."""


async def verify_region(
    checked: Checked, local: EventLog, shared: EventLog, snapshot: Snapshot, progress: Callable[[int, int], None]
) -> Report:
    """Check every partition. `progress` gets the records read so far and those there are. Errors: LogError."""
    partitions = range(checked.partitions)
    shared_ends = [await shared.end(partition) for partition in partitions]
    local_ends = [await local.end(partition) for partition in partitions]
    counter = _Counter(progress, sum(shared_ends) + sum(local_ends))
    findings: list[Finding] = []
    check_checkpoints(checked.shown, partial(_note, findings, local.name, 0))
    records = behind = 0
    for partition in partitions:
        check = _PartitionCheck(checked, partition, snapshot, findings, (local.name, shared.name))
        for log, end, take in ((local, local_ends, check.take), (shared, shared_ends, check.shared.take)):
            try:
                await _read(log, partition, end[partition], take, counter)
            except LogTruncated as error:
                findings.append(Finding(log.name, partition, Kind.TRUNCATED, str(error)))
        check.finish(local_ends[partition])
        check_witnessed(check.numbering, partition, checked.shown, partial(_note, findings, local.name, partition))
        records += check.numbering.head.sequence
        behind += max(0, check.numbering.head.sequence - check.state.head.head.sequence)
    return Report(checked.region, checked.partitions, records, behind, tuple(findings))


class _Counter:
    def __init__(self, progress: Callable[[int, int], None], total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, count: int) -> None:
        self._done += count
        self._progress(self._done, self._total)


async def _read(log: EventLog, partition: int, end: int, take: Callable[[Entry], None], counter: _Counter) -> None:
    position = 0
    while position < end:
        entries = await log.read(partition, position, READ_MOST)
        if not entries:
            return
        for entry in entries:
            if entry.position < end:
                take(entry)
        position = entries[-1].position + 1
        counter.add(len(entries))


class _PartitionCheck:
    """One partition: numbers, folds, and compares when its sequence is the state's."""

    def __init__(
        self, checked: Checked, partition: int, snapshot: Snapshot, findings: list[Finding], logs: tuple[str, str]
    ) -> None:
        tell_local, tell_shared = (partial(_note, findings, log, partition) for log in logs)
        self._tell: Tell = tell_local
        self._identities = KnownIdentities(checked.region, checked.identity, checked.cards)
        self.state = PartitionState(snapshot, partition)
        self.numbering = Numbering(checked.region, partition, checked.record_key, tell_local)
        self.shared = SharedNumbering(checked.region, partition, checked.identity, tell_shared)
        self._fold = PlainFold(checked.region, partition, checked.partitions, self._adopted)
        self._compared = False
        self._unapplied: int | None = None
        self._compare_when_due()

    def take(self, entry: Entry) -> None:
        compared_before = self._compared
        for record in self.numbering.take(entry):
            self._take(record)
        if self._compared and self._unapplied is None:
            self._note_unapplied(entry, compared_before)

    def _take(self, record: Numbered) -> None:
        self._fold.take(record, self.numbering.head)
        if self._compared and self._unapplied is None:
            self._unapplied = record.position
        self._compare_when_due()

    def _note_unapplied(self, entry: Entry, compared_before: bool) -> None:
        """The first position whose record the state has not applied: from there, at the latest, it must read on."""
        waiting = [record.position for record in self.numbering.waiting]
        if waiting and (not compared_before or entry.position in waiting):
            self._unapplied = min(waiting)

    def _compare_when_due(self) -> None:
        if not self._compared and self.numbering.head.sequence == self.state.head.head.sequence:
            self._compared = True
            compare(self.state, self.numbering, self._fold, self._tell)

    def _adopted(self, envelope: Envelope, before: Head) -> None:
        region = envelope.origin[0] if envelope.origin is not None else ""
        identities = self._identities.at(region, self._fold.rows)
        if self._compared and not identities:
            return  # beyond the state, a peer may have been pinned since
        check_adoption(envelope, before, identities, self._tell)

    def finish(self, end: int) -> None:
        self.numbering.finish()
        held, given = self.state.head.head.sequence, self.numbering.head.sequence
        if held > given:
            self._tell(Kind.TRUNCATED, f"the state has applied {held} records, the log gives {given}")
        elif self.state.position > end:
            self._tell(
                Kind.TRUNCATED, f"the state has read up to position {self.state.position}, the log ends at {end}"
            )
        elif self._unapplied is not None and self.state.position > self._unapplied:
            self._tell(
                Kind.SKIPPED,
                f"the state reads on at position {self.state.position}, {self._unapplied} is not applied",
            )
        self.shared.finish(self._fold.shared_records, self.state.outbox(), self.state.head.shared.sequence)


def _note(findings: list[Finding], log: str, partition: int, kind: Kind, detail: str) -> None:
    findings.append(Finding(log, partition, kind, detail))
