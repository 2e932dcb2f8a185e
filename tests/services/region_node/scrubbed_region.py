"""A region of two partitions, folded and published, whose logs a scrub reads."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from replication.log.event_log import LogUnavailable
from replication.sharing.publication import local_log, shared_log
from replication.state.memory_store import MemoryStore
from replication.state.state_store import OUTBOX, numbered_key
from services.region_node.replicator.node_logs import NodeLogs
from services.region_node.replicator.status import ReplicatorStatus
from services.region_node.scrub.findings import ScrubFindings
from services.region_node.scrub.guard import ScrubGuard
from services.region_node.scrub.scrubbing import ENTRY_BYTES, Pace, Scrub, Scrubbed
from tests.replication.folding import Folding
from tests.replication.scripted_log import ScriptedLog
from tests.replication.written_log import HOME, IDENTITIES, PEER, WrittenLog, created, sealed_record, shared_form

PARTITIONS = 2
RATE = 10_000
PAUSE = 3600.0


class ScrubbedRegion:
    """Its logs, the scrub that reads them, and what that tells."""

    def __init__(self, records: int = 20, guard: ScrubGuard | None = None) -> None:
        self._guard = guard or ScrubGuard(None)
        self.local, self.shared = (ScriptedLog(name, PARTITIONS) for name in (local_log(HOME), shared_log(HOME)))
        self.store = MemoryStore()
        self.status = ReplicatorStatus()
        self.now = 0
        self.not_opened = 0
        self.logs = [WrittenLog(partition=partition) for partition in range(PARTITIONS)]
        for log in self.logs:
            log.open()
        self.grow(records)
        self.scrub = self.scrub_of(self._opened, RATE)

    def scrub_of(self, opened: Callable[[], AbstractAsyncContextManager[NodeLogs]], rate: int) -> Scrub:
        return Scrub(
            Scrubbed(Folding().identity, IDENTITIES[HOME].public_bytes, self.store),
            opened,
            Pace(rate, PAUSE),
            self._guard,
            ScrubFindings(self.status.alarm, self.status.trouble),
            lambda: self.now,
        )

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[NodeLogs]:
        if self.not_opened:
            self.not_opened -= 1
            raise LogUnavailable("the broker is away")
        yield NodeLogs(self.local, self.shared)

    def grow(self, records: int) -> None:
        """More records of both partitions, every second of them published."""
        for log in self.logs:
            for number in range(records):
                shared = [shared_form(number, PEER)] if number % 2 else None
                log.write(created(len(log.records)), shared=shared)
            folding = Folding(self.store, partition=log.partition)
            known = self.local.entries[log.partition]
            folding.end = len(known)
            folding.apply(*log.records[len(known) :])
            known += log.records[len(known) :]
            self._publish(folding)

    def _publish(self, folding: Folding) -> None:
        for signed in folding.outbox():
            self.shared.entries[folding.partition].append(sealed_record(HOME, signed))
        with self.store.write() as transaction:
            for number in range(1, folding.head.shared.sequence + 1):
                transaction.delete(OUTBOX, numbered_key(folding.partition, number))

    @property
    def troubles(self) -> dict[str, str]:
        return self.status._troubles

    @property
    def size(self) -> int:
        return sum(
            len(record) + ENTRY_BYTES
            for log in (self.local, self.shared)
            for entries in log.entries
            for record in entries
        )
