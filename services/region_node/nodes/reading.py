"""How far this node has read its region's log, and reading on when somebody waits for it.

Owns the waits for the fold. The fold itself is the authors': here they are only asked to look now, and not after the
pause of an idle partition.
"""

import asyncio
from collections.abc import Callable, Sequence

from replication.fold.materializer import Materializer
from replication.log.event_log import EventLog, LogError, LogUnavailable
from replication.writing.author import PartitionAuthor

FOLLOW_SECONDS = 5.0


class LogReading:
    """Of one node. `begin` it once there are authors; call `note` whenever records have been applied."""

    def __init__(self, materializer: Materializer, partitions: int) -> None:
        self._materializer, self._partitions = materializer, range(partitions)
        self._log: EventLog | None = None
        self._authors: Sequence[PartitionAuthor] = ()
        self._news = asyncio.Event()

    def begin(self, log: EventLog, authors: Sequence[PartitionAuthor]) -> None:
        self._log, self._authors = log, authors

    def note(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def applied(self) -> list[int]:
        """The sequence that each partition has applied."""
        return [self._sequence(partition) for partition in self._partitions]

    async def ends(self) -> list[int]:
        """Where each partition ends now. Errors: LogError."""
        if self._log is None:
            raise LogUnavailable("the region's log is not open yet")
        return await asyncio.gather(*map(self._log.end, self._partitions))

    async def follow(self, partition: int) -> bool:
        """Apply all that a partition holds now; whether that was done in time."""
        if self._log is None or partition not in self._partitions:
            return False
        try:
            end = await self._log.end(partition)
        except LogError:
            return False
        self._look([partition] if self._position(partition) < end else [])
        return await self._until(lambda: self._position(partition) >= end, FOLLOW_SECONDS)

    async def reach(self, ends: list[int], seconds: float) -> bool:
        """Read on to these ends; whether they were reached within so many seconds."""
        behind = [partition for partition in self._partitions if self._position(partition) < ends[partition]]
        self._look(behind)
        return await self._until(lambda: all(self._position(place) >= ends[place] for place in behind), seconds)

    async def apply(self, partition: int, sequence: int, seconds: float) -> int:
        """Read on until the partition has applied `sequence`, for so many seconds; what it has applied then."""
        if partition not in self._partitions:
            return 0
        if self._sequence(partition) < sequence:
            self._look([partition])
            await self._until(lambda: self._sequence(partition) >= sequence, seconds)
        return self._sequence(partition)

    def _look(self, partitions: Sequence[int]) -> None:
        for partition in partitions:
            if self._authors:
                self._authors[partition].look()

    async def _until(self, done: Callable[[], bool], seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while not done():
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _sequence(self, partition: int) -> int:
        return self._materializer.head(partition).head.sequence

    def _position(self, partition: int) -> int:
        return self._materializer.position(partition)
