"""Folding records in tests: a store, a materializer over it, the alarms and the outcomes."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from replication.fold.judge import Verdict
from replication.fold.materializer import Alarm, Identity, Materializer, Outcome
from replication.log.event_log import Entry
from replication.records.record import RecordKey
from replication.state.digest import partition_digest
from replication.state.memory_store import MemoryStore
from replication.state.partition_head import PartitionHead
from replication.state.rows import Row, decode_row
from replication.state.state_store import OUTBOX, STREAMS, StateStore, partition_prefix, row_key
from tests.replication.written_log import HOME, RECORD_KEY


class Folding:
    """One partition of a region, folded as its entries come."""

    def __init__(
        self, store: StateStore | None = None, region: str = HOME, partition: int = 0, key: RecordKey = RECORD_KEY
    ) -> None:
        self.store: StateStore = MemoryStore() if store is None else store
        self.partition = partition
        self.identity = Identity(region, 2, key)
        self.alarms: list[Alarm] = []
        self.outcomes: list[Outcome] = []
        self.end = 0
        self.materializer = Materializer(self.store, self.identity, self.alarms.append)

    def apply(self, *records: bytes) -> list[Verdict]:
        """The next entries of the log, in one transaction. Returns what became of records, in that order."""
        entries = [Entry(position, record) for position, record in enumerate(records, self.end)]
        self.end += len(records)
        outcomes = self.materializer.apply(self.partition, entries)
        self.outcomes += outcomes
        return [outcome.verdict for outcome in outcomes]

    def restart(self, records: Sequence[bytes]) -> None:
        """A new process on the same store reads `records`, the whole log, from the stored position on."""
        self.materializer = Materializer(self.store, self.identity, self.alarms.append)
        self.end = self.materializer.position(self.partition)
        self.apply(*records[self.end :])

    @property
    def head(self) -> PartitionHead:
        return self.materializer.head(self.partition)

    @property
    def alarmed(self) -> set[StrEnum]:
        return {alarm.verdict for alarm in self.alarms}

    def is_waiting(self) -> bool:
        return self.partition in self.materializer.waiting()

    def digest(self) -> bytes:
        with self.store.read() as snapshot:
            return partition_digest(snapshot, self.partition)

    def row(self, stream: str) -> Row:
        with self.store.read() as snapshot:
            return decode_row(snapshot.get(STREAMS, row_key(self.partition, stream)))

    def outbox(self) -> list[bytes]:
        prefix = partition_prefix(self.partition)
        with self.store.read() as snapshot:
            return [content for _, content in snapshot.scan(OUTBOX, prefix, prefix)]


def folded(records: Iterable[bytes], store: StateStore | None = None, partition: int = 0) -> Folding:
    """All of the records, applied in one transaction."""
    folding = Folding(store, partition=partition)
    folding.apply(*records)
    return folding
