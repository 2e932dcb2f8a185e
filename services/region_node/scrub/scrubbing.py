"""The scrub: a region's own logs read again from their beginning, slowly, for as long as the node runs.

Owns the order and the pace of it. What damages a log behind the position that the state has read would otherwise show
only when the state has to be built again, and then it is too late: while the state is there, it holds everything. What
is checked stands in `replication/scrub/local.py` and `shared.py`. A finding is told and changes nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import NamedTuple, TypeVar

from replication.fold.materializer import Identity
from replication.log.event_log import Entry, EventLog, LogCorrupt, LogError, LogTruncated
from replication.scrub.local import Known, LocalScrub
from replication.scrub.shared import SharedScrub, published_head
from replication.state.state_store import StateStore
from replication.verify.findings import Kind, Tell
from replication.verify.state import PartitionState
from services.region_node.replicator.node_logs import NodeLogs
from services.region_node.scrub.findings import LOCAL_REMEDY, SHARED_REMEDY, Place, ScrubFindings
from services.region_node.scrub.guard import ScrubGuard

READ_BYTES = 8 << 10
"""At most so much, or one record, is read and checked at a time: the author waits for it."""
READ_MOST = 100
ENTRY_BYTES = 64
"""What an entry counts besides its bytes, so that empty ones cost too."""
RETRY_SECONDS = 10.0

Answer = TypeVar("Answer")


class Pace(NamedTuple):
    """How fast the logs are read, and how long after a reading the next one begins."""

    bytes_per_second: int
    pause_seconds: float


class Scrubbed(NamedTuple):
    """Whose logs are read, and what proves the shared one: the public half of the region's signing key, 32 bytes."""

    identity: Identity
    signing: bytes
    store: StateStore


class Scrub:
    """Reads again and again. `open_logs` opens the logs for one reading; `now` gives integer milliseconds."""

    def __init__(
        self,
        scrubbed: Scrubbed,
        open_logs: Callable[[], AbstractAsyncContextManager[NodeLogs]],
        pace: Pace,
        guard: ScrubGuard,
        findings: ScrubFindings,
        now: Callable[[], int],
    ) -> None:
        self._scrubbed, self._open_logs, self._pace = scrubbed, open_logs, pace
        self._guard, self._findings, self._now = guard, findings, now
        self._progress = 0.0
        self._completed_at = 0

    def gauges(self) -> dict[str, float]:
        """For metrics: findings, the share that this reading has read, when the last one ended (0: none did yet)."""
        return {
            "scrub_findings": float(self._findings.count),
            "scrub_progress": self._progress,
            "scrub_completed_timestamp_seconds": self._completed_at / 1000,
        }

    async def run(self) -> None:
        while True:
            try:
                await self.read_all()
            except LogError as error:
                self._findings.not_opened(str(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                await asyncio.sleep(self._pace.pause_seconds)

    async def read_all(self) -> None:
        """Read every partition of both logs once. Errors: LogError where the logs cannot be opened."""
        partitions = self._scrubbed.identity.partitions
        async with self._open_logs() as logs:
            self._findings.not_opened("")
            for partition in range(partitions):
                self._progress = partition / partitions
                await self._local(logs.local, partition)
                self._progress = (partition + 0.5) / partitions
                await self._shared(logs.shared, partition)
        self._progress, self._completed_at = 1.0, self._now()

    async def _local(self, log: EventLog, partition: int) -> None:
        with self._scrubbed.store.read() as snapshot:
            state = PartitionState(snapshot, partition)
        known = Known(state.head.head, state.position)
        place = Place(log.name, partition, LOCAL_REMEDY)
        tell = self._begin(place)
        scrub = LocalScrub(self._scrubbed.identity, partition, known, tell)
        end = await self._read(log, place, scrub.take, lambda: scrub.is_through)
        if end is not None:
            scrub.finish(end)
        self._findings.finish(place)

    async def _shared(self, log: EventLog, partition: int) -> None:
        with self._scrubbed.store.read() as snapshot:
            published = published_head(snapshot, partition)
        place = Place(log.name, partition, SHARED_REMEDY)
        tell = self._begin(place)
        region = self._scrubbed.identity.region
        scrub = SharedScrub(region, partition, self._scrubbed.signing, published, tell)
        end = await self._read(log, place, scrub.take, lambda: scrub.is_through)
        if end is not None:
            with self._scrubbed.store.read() as snapshot:
                scrub.finish(PartitionState(snapshot, partition).head.shared.sequence)
        self._findings.finish(place)

    def _begin(self, place: Place) -> Tell:
        self._findings.begin(place)
        return partial(self._findings.note, place)

    async def _read(
        self, log: EventLog, place: Place, take: Callable[[Entry], None], is_through: Callable[[], bool]
    ) -> int | None:
        """Give `take` the entries up to the log's end, or until it is through.

        Answers where the log ended, and None where damage hid the rest.
        """
        if ended_at := self._guard.ended_at(log.name, place.partition):
            self._findings.note(place, Kind.UNREADABLE, f"the replicator ended while it read position {ended_at}")
            return None
        try:
            end = await self._answer(place, partial(log.end, place.partition))
            position = 0
            while position < end and not is_through():
                entries = await self._answer(place, partial(self._guarded, log, place.partition, position))
                if not entries:
                    break
                for entry in entries:
                    take(entry)
                position = entries[-1].position + 1
                await self._rest(entries)
        except (LogTruncated, LogCorrupt) as error:
            kind = Kind.TRUNCATED if isinstance(error, LogTruncated) else Kind.UNREADABLE
            self._findings.note(place, kind, str(error))
            return None
        return end

    async def _guarded(self, log: EventLog, partition: int, position: int) -> Sequence[Entry]:
        with self._guard.reading(log.name, partition, position):
            return await log.read(partition, position, READ_MOST, most_bytes=READ_BYTES)

    async def _answer(self, place: Place, question: Callable[[], Awaitable[Answer]]) -> Answer:
        """Ask until the log answers: one that is away is no finding. Errors: LogTruncated, LogCorrupt."""
        while True:
            try:
                return await question()
            except (LogTruncated, LogCorrupt):
                raise
            except LogError as error:
                self._findings.away(place, str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def _rest(self, entries: Sequence[Entry]) -> None:
        size = sum(len(entry.record) + ENTRY_BYTES for entry in entries)
        await asyncio.sleep(size / self._pace.bytes_per_second)
