"""How a region reads another's shared log: a way that can be cut, be slow, and belong to an attacker.

Owns the link, and the gate through which whatever a node does with a log goes: a node that is stopped waits there.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from replication.log.event_log import READ_BYTES, Entry, LogUnavailable
from tests.replication.scripted_log import ScriptedLog

Attack = Callable[[Sequence[Entry]], Sequence[Entry]]


class Gate:
    """Open while the node runs; SIGSTOP shuts it, and SIGCONT opens it again."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    async def passed(self) -> None:
        if not self._open.is_set():
            await self._open.wait()


class GatedLog:
    """Implements `EventLog`: a node's own log, as far as the node runs."""

    def __init__(self, log: ScriptedLog, gate: Gate) -> None:
        self.name, self.partitions = log.name, log.partitions
        self._log, self._gate = log, gate

    async def append(self, partition: int, records: Sequence[bytes]) -> None:
        await self._gate.passed()
        try:
            await self._log.append(partition, records)
        finally:
            await self._gate.passed()

    async def read(
        self, partition: int, start: int, limit: int, wait_seconds: float = 0, most_bytes: int = READ_BYTES
    ) -> Sequence[Entry]:
        await self._gate.passed()
        entries = await self._log.read(partition, start, limit, wait_seconds, most_bytes)
        await self._gate.passed()
        return entries

    async def end(self, partition: int) -> int:
        await self._gate.passed()
        return await self._log.end(partition)

    async def identity(self) -> str:
        return await self._log.identity()

    async def close(self) -> None:
        await self._log.close()


class Link:
    """`attacks`: what becomes of the entries of the next reads, one each."""

    def __init__(self, log: ScriptedLog, gate: Gate) -> None:
        self._log, self._gate = log, gate
        self.cut = self._severed = False
        self.delay_seconds = 0.0
        self.attacks: deque[Attack] = deque()

    def sever(self) -> None:
        """Cut it for good."""
        self._severed = True

    @property
    def is_cut(self) -> bool:
        return self.cut or self._severed

    def heal(self) -> None:
        self.cut, self.delay_seconds = False, 0.0
        self.attacks.clear()

    async def read(self, partition: int, start: int, limit: int, wait_seconds: float = 0) -> Sequence[Entry]:
        await self._gate.passed()
        self.require()
        entries = await self._log.read(partition, start, limit, wait_seconds)
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        await self._gate.passed()
        return self._arrived(entries)

    def require(self) -> None:
        """Errors: LogUnavailable where nothing gets through."""
        if self.is_cut:
            raise LogUnavailable("the link is cut")

    def _arrived(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        if self.is_cut:
            return []
        return self.attacks.popleft()(entries) if entries and self.attacks else entries

    async def close(self) -> None:
        pass
