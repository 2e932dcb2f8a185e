"""An auditor that runs in this process, over scripted logs: its spool, its trail, and what it derives from."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from unittest.mock import patch

from replication.log.event_log import Entry
from services.audit.auditor import RETRY_SECONDS, Auditor
from services.audit.derived_frames import DerivedFrames, Told
from services.audit.derived_shipping import DerivedShipping
from services.audit.spool.reading import SpoolReading
from services.audit.spool.shipping import Shipping
from services.audit.trail.writer import TrailWriter
from shared.audit.entry import AuditEntry, Origin, encode_entry
from tests.replication.scripted_log import ScriptedLog
from tests.services.audit.making import KEY, NOW, SpooledChain, archived, entry, opened
from tests.services.audit.scripted_audit_log import ScriptedAuditLog

LOOK_SECONDS = 0.005


class PositionFold:
    """A fold in which every record is applied, its number is its position, and each `x` in it tells an entry."""

    def __init__(self) -> None:
        self.reached: dict[int, int] = {}
        self.committed: dict[int, int] = {}

    def position(self, partition: int) -> int:
        return self.reached.get(partition, 0)

    def apply(self, partition: int, entries: Sequence[Entry]) -> Sequence[Told]:
        self.reached[partition] = entries[-1].position + 1
        return [Told(read.position, self._told(partition, read)) for read in entries]

    def _told(self, partition: int, read: Entry) -> Sequence[AuditEntry]:
        origin = Origin("local", partition, read.position)
        return [entry(number, origin=origin) for number in range(read.record.count(b"x"))]

    def commit(self) -> None:
        self.committed = dict(self.reached)

    def give_up(self) -> None:
        self.reached = dict(self.committed)

    def close(self) -> None:
        self.give_up()


class Node:
    """A node of the region: its spool, its trail, and an auditor while it runs."""

    def __init__(self, directory: Path, log: ScriptedAuditLog, name: str = "node-1") -> None:
        self.directory, self.log, self.name = directory / name, log, name
        self.spool = self.directory / "spool"
        self.fold = PositionFold()
        self.records = ScriptedLog(partitions=2)

    def chain(self, suffix: str = "00000000000000aa", segment_bytes: int = 1_000_000) -> SpooledChain:
        return SpooledChain(self.spool, f"{self.name}/worker-1/{suffix}", segment_bytes)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Running"]:
        writer = opened(self.directory / "trail")
        spools = SpoolReading(self.spool)
        shipping = Shipping(spools, KEY, writer.heads)
        derived_frames = DerivedFrames(lambda _identity: self.fold, writer.heads, writer.origin)

        async def open_log() -> ScriptedAuditLog:
            return self.log

        async def open_records() -> ScriptedLog:
            return self.records

        derived_shipping = DerivedShipping(derived_frames, open_records)
        auditor = Auditor(writer, KEY, shipping, derived_shipping, open_log, lambda: NOW, NOW, LOOK_SECONDS)
        with patch("services.audit.auditor.RETRY_SECONDS", (LOOK_SECONDS,) * len(RETRY_SECONDS)):
            task = asyncio.create_task(auditor.run())
            try:
                yield Running(writer, spools, shipping, derived_frames, derived_shipping, auditor, self)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                writer.close()

    def archived(self) -> list[tuple[str, int]]:
        """Chain and number of every entry of the trail, in the order of arrival."""
        return archived(self.directory / "trail")


class Running:
    """The parts of an auditor that runs."""

    def __init__(
        self,
        writer: TrailWriter,
        spools: SpoolReading,
        shipping: Shipping,
        derived_frames: DerivedFrames,
        derived_shipping: DerivedShipping,
        auditor: Auditor,
        node: Node,
    ) -> None:
        self.writer, self.spools, self.shipping = writer, spools, shipping
        self.derived_frames, self.derived_shipping, self.auditor, self.node = (
            derived_frames,
            derived_shipping,
            auditor,
            node,
        )

    async def until(self, count: int) -> None:
        """Until the trail has so many entries."""
        async with asyncio.timeout(60):
            while sum(head.number for head in self.writer.heads().values()) < count:  # noqa: ASYNC110 - it says nothing
                await asyncio.sleep(LOOK_SECONDS)


def entries(count: int, first: int = 0) -> list[bytes]:
    return [encode_entry(entry(number)) for number in range(first, first + count)]
