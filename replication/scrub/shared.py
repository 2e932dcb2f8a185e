"""The scrub of what a region has published: one reading of a partition of its shared log, against what its state knows.

Owns the check of signatures, numbers and the hashes that link them. Readers order shared records by number, their place
means nothing, and any of them may stand there twice; so what is kept is runs of numbers that follow each other, of each
its two ends alone. An honest log is one run, whatever its length.
"""

from bisect import bisect_right
from dataclasses import dataclass

from replication.log.event_log import Entry
from replication.records.position import NO_HASH, Head
from replication.records.record import Envelope, NotARecord, decode_envelope, decode_record, record_hash
from replication.sharing.publication import shared_log
from replication.state.partition_head import PartitionHead
from replication.state.state_store import OUTBOX, PARTITIONS, Snapshot, partition_prefix
from replication.verify.findings import Kind, Tell
from shared.crypto.region_identity import verify_signature

RUNS_MOST = 1_000


def published_head(snapshot: Snapshot, partition: int) -> Head:
    """Up to where, at least, everything stands in the shared log: what waits in the outbox follows it."""
    prefix = partition_prefix(partition)
    for _, signed in snapshot.scan(OUTBOX, prefix, prefix):
        first = decode_envelope(signed)
        return Head(first.sequence - 1, first.previous)
    return PartitionHead.decode(snapshot.get(PARTITIONS, prefix)).shared


@dataclass(slots=True)
class _Run:
    """Numbers that follow each other. `previous` is what the first follows, `digest` the hash of the last."""

    first: int
    last: int
    previous: bytes
    digest: bytes


class SharedScrub:
    """One partition. `published` is `published_head` at the beginning; `identity` the public half of its key."""

    def __init__(self, region: str, partition: int, identity: bytes, published: Head, tell: Tell) -> None:
        self._log, self._partition, self._identity = shared_log(region), partition, identity
        self._published, self._tell = published, tell
        self._runs: list[_Run] = []

    @property
    def is_through(self) -> bool:
        """So many numbers are missing that nothing is told by reading on."""
        return len(self._runs) > RUNS_MOST

    def take(self, entry: Entry) -> None:
        try:
            envelope, hash_ = self._authentic(entry)
        except NotARecord as error:
            self._tell(Kind.FOREIGN, f"position {entry.position}: {error}")
            return
        number = envelope.sequence
        if number == self._published.sequence and hash_ != self._published.digest:
            self._tell(Kind.SHARED, f"position {entry.position}: number {number} is not what the state has published")
        index = bisect_right(self._runs, number, key=lambda run: run.first)
        before = self._runs[index - 1] if index else None
        if before is None or before.last < number:
            self._runs.insert(index, _Run(number, number, envelope.previous, hash_))
            self._join(index)
            self._join(index - 1)
        elif before.last == number and before.digest != hash_:
            self._tell(Kind.FORKED, f"position {entry.position}: two records bear the number {number}")

    def finish(self, head: int) -> None:
        """Tell what is missing. `head`: the shared number that the state has now, after everything was read."""
        last = 0
        for run in self._runs:
            if run.first > last + 1:
                self._tell(Kind.MISSING, f"numbers {last + 1} to {run.first - 1} are missing before number {run.first}")
            last = run.last
        if last < self._published.sequence:
            reason = f"{self._published.sequence} records were published, the last that is here is number {last}"
            self._tell(Kind.TRUNCATED, reason)
        if last > head:
            reason = f"number {last} was published, the state has given {head}: its own log was cut or lost"
            self._tell(Kind.TRUNCATED, reason)

    def _authentic(self, entry: Entry) -> tuple[Envelope, bytes]:
        """Errors: NotARecord, with the reason."""
        record = decode_record(entry.record)
        if not verify_signature(self._identity, record.signed, record.proof):
            raise NotARecord("its signature is not this region's")
        envelope = decode_envelope(record.signed)
        if (envelope.log, envelope.partition) != (self._log, self._partition):
            raise NotARecord(f"it belongs to {envelope.log} {envelope.partition}")
        if envelope.sequence == 0:
            raise NotARecord("its number is 0, and the first is 1")
        return envelope, record_hash(record.signed)

    def _join(self, index: int) -> None:
        """Make one of the run at `index` and the one after it, where they follow each other."""
        if index < 0:
            self._require_link(NO_HASH, self._runs[0], 1)
            return
        if index + 1 >= len(self._runs):
            return
        before, after = self._runs[index : index + 2]
        if before.last + 1 == after.first:
            self._require_link(before.digest, after, after.first)
            before.last, before.digest = after.last, after.digest
            del self._runs[index + 1]

    def _require_link(self, digest: bytes, run: _Run, number: int) -> None:
        if run.first == number and run.previous != digest:
            self._tell(Kind.FORKED, f"number {number} follows another record than number {number - 1}")
