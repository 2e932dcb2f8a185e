"""A log in memory that does what a broker may do: lose an acknowledgement, write late, twice or not at all, stall.

The next appends follow the script, a fault each; without one they succeed. `late` holds what was accepted and is not
written yet: `deliver` writes it, whatever stands in the log by then.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from enum import Enum, auto

from replication.log.event_log import (
    MAXIMUM_RECORD_BYTES,
    READ_BYTES,
    AppendUnknown,
    Entry,
    LogTruncated,
    LogUnavailable,
    NotAppended,
)


class Fault(Enum):
    NONE = auto()
    LOSE_ACKNOWLEDGEMENT = auto()
    """Written, and reported as unknown."""
    LOSE_RECORDS = auto()
    """Not written, and reported as unknown."""
    WRITE_LATER = auto()
    """Reported as unknown, and written by `deliver`."""
    WRITE_HALF = auto()
    """The first half is written; reported as unknown."""
    DUPLICATE = auto()
    """Written twice, and acknowledged."""
    REFUSE = auto()
    STALL = auto()
    """Neither written nor answered until `go_on` is set; then as `LOSE_RECORDS`."""
    BREAK = auto()
    """A fault of the program: an exception that the contract does not know."""


class ScriptedLog:
    """Implements `EventLog`. What it holds survives its readers and writers."""

    def __init__(self, name: str = "keytide.us-east-1.local", partitions: int = 1) -> None:
        self.name, self.partitions = name, partitions
        self.entries: list[list[bytes]] = [[] for _ in range(partitions)]
        self.script: deque[Fault] = deque()
        self.read_failures = 0
        """So many of the next reads fail."""
        self.late: deque[tuple[int, Sequence[bytes]]] = deque()
        self.appends: list[tuple[bytes, ...]] = []
        self.go_on = asyncio.Event()
        self._news = asyncio.Event()
        self._closed = False

    async def append(self, partition: int, records: Sequence[bytes]) -> None:
        self._require(partition)
        if any(len(record) > MAXIMUM_RECORD_BYTES for record in records):
            raise NotAppended("a record is too long")
        self.appends.append(tuple(records))
        fault = self.script.popleft() if self.script else Fault.NONE
        await asyncio.sleep(0)
        match fault:
            case Fault.REFUSE:
                raise NotAppended("the log refuses, as scripted")
            case Fault.BREAK:
                raise RuntimeError("a fault of the program, as scripted")
            case Fault.STALL:
                await self.go_on.wait()
            case Fault.WRITE_LATER:
                self.late.append((partition, records))
            case Fault.WRITE_HALF:
                self.write(partition, records[: len(records) // 2])
            case Fault.LOSE_RECORDS:
                pass
            case _:
                self.write(partition, [*records, *records] if fault is Fault.DUPLICATE else records)
        if fault not in (Fault.NONE, Fault.DUPLICATE):
            raise AppendUnknown(f"{fault.name}, as scripted")

    def write(self, partition: int, records: Sequence[bytes]) -> None:
        self.entries[partition] += records
        self._news.set()
        self._news = asyncio.Event()

    def deliver(self) -> None:
        """What was delayed arrives."""
        while self.late:
            self.write(*self.late.popleft())

    async def read(
        self, partition: int, start: int, limit: int, wait_seconds: float = 0, most_bytes: int = READ_BYTES
    ) -> Sequence[Entry]:
        self._require(partition)
        await asyncio.sleep(0)
        if self.read_failures > 0:
            self.read_failures -= 1
            raise LogUnavailable("the log cannot be read, as scripted")
        if not 0 <= start <= len(self.entries[partition]):
            raise LogTruncated(f"{start} lies outside the log")
        if start == len(self.entries[partition]) and wait_seconds > 0:
            await self._wait(wait_seconds)
        taken, size = list[Entry](), 0
        for position, record in enumerate(self.entries[partition][start : start + limit], start):
            taken.append(Entry(position, record))
            size += len(record)
            if size >= most_bytes:
                break
        return taken

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass

    async def end(self, partition: int) -> int:
        self._require(partition)
        return len(self.entries[partition])

    async def identity(self) -> str:
        return f"scripted {id(self)}"

    async def close(self) -> None:
        self._closed = True

    def _require(self, partition: int) -> None:
        if not 0 <= partition < self.partitions:
            raise ValueError(f"{self.name} has no partition {partition}")
        if self._closed:
            raise LogUnavailable("the log is closed")
