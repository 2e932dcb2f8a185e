"""The way from a worker to its node's replicator: one Unix socket, many questions at once.

Owns the connection, its frames (a length of 4 bytes, big-endian, then msgpack) and what a broken one means. A question
is `[number, kind, payload]`, its answer `[number, payload]`; answers come in any order. The connection is made when it
is needed and made again when it was lost.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgpack

from replication.draft import UNKNOWN, Answer, Draft, decode_answer, encode_draft
from shared.errors import DependencyTimeout

SUBMIT = "submit"
STATUS = "status"
DEADLINE_SECONDS = 15.0
CONNECT_SECONDS = 2.0
BETWEEN_CONNECTS_SECONDS = 0.05
LENGTH_BYTES = 4
LARGEST_FRAME = 16 * 1024 * 1024

_UNKNOWN_ANSWER = Answer(UNKNOWN, "", 0)


class ReplicatorStatus(NamedTuple):
    """What the replicator says of itself. `reason` tells why it is not ready, or ""."""

    ready: bool
    reason: str
    partitions: Mapping[int, Mapping[str, int]]
    counters: Mapping[str, int]
    gauges: Mapping[str, float]


class ReplicatorClient:
    """`deadline` is how long an answer may take, in seconds; `connect_seconds`, how long a restart may."""

    def __init__(
        self, path: Path, deadline: float = DEADLINE_SECONDS, connect_seconds: float = CONNECT_SECONDS
    ) -> None:
        self._path = path
        self._deadline = deadline
        self._connect_seconds = connect_seconds
        self._connection: _Connection | None = None
        self._connecting = asyncio.Lock()

    async def submit(self, draft: Draft) -> Answer:
        """Hand over a decided record. The answer UNKNOWN also stands for a lost connection and a passed deadline.

        Errors: DependencyTimeout where the replicator cannot be reached: then nothing was sent.
        """
        encoded = encode_draft(draft)
        connection = await self._connected(self._connect_seconds)
        try:
            async with asyncio.timeout(self._deadline):
                answer: bytes = await connection.ask(SUBMIT, encoded)
        except OSError:  # a TimeoutError is one
            return _UNKNOWN_ANSWER
        return decode_answer(answer)

    async def status(self) -> ReplicatorStatus:
        """Errors: DependencyTimeout where the replicator cannot be reached or does not answer in time."""
        connection = await self._connected(0.0)
        try:
            async with asyncio.timeout(self._connect_seconds):
                told: dict[str, Any] = await connection.ask(STATUS, None)
        except OSError:
            raise DependencyTimeout("The region's replicator does not answer.") from None
        return ReplicatorStatus(*(told[name] for name in ReplicatorStatus._fields))

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _connected(self, patience: float) -> "_Connection":
        async with self._connecting:
            if self._connection is not None and not self._connection.lost:
                return self._connection
            if self._connection is not None:
                await self._connection.close()
            self._connection = await self._connect(patience)
            return self._connection

    async def _connect(self, patience: float) -> "_Connection":
        """Wait out a restart of the replicator, which takes some moments."""
        clock = asyncio.get_running_loop().time
        until = clock() + patience
        while True:
            try:
                return _Connection(*await asyncio.open_unix_connection(str(self._path)))
            except OSError:
                if clock() >= until:
                    raise DependencyTimeout("The region's replicator is not running: nothing was changed.") from None
            await asyncio.sleep(BETWEEN_CONNECTS_SECONDS)


class _Connection:
    """One connection and the questions on their way over it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lost = False
        self._reader, self._writer = reader, writer
        self._asked = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._receiving = asyncio.create_task(self._receive())

    async def ask(self, kind: str, payload: bytes | None) -> Any:
        """Errors: ConnectionError where the connection is lost before the answer has come."""
        if self.lost:
            raise ConnectionResetError("the replicator has closed the connection")
        self._asked += 1
        number = self._asked
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            question: bytes = msgpack.packb((number, kind, payload))
            self._writer.write(len(question).to_bytes(LENGTH_BYTES, "big") + question)
            await self._writer.drain()
            return await answer
        finally:
            del self._waiting[number]

    async def close(self) -> None:
        self._receiving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._receiving

    async def _receive(self) -> None:
        try:
            while True:
                size = int.from_bytes(await self._reader.readexactly(LENGTH_BYTES), "big")
                if size > LARGEST_FRAME:
                    return
                number, payload = msgpack.unpackb(await self._reader.readexactly(size), strict_map_key=False)
                self._settle(number, payload)
        except (OSError, EOFError, ValueError, TypeError):
            return
        finally:
            self._lose()

    def _settle(self, number: int, payload: Any) -> None:
        """An answer after its deadline finds nobody waiting."""
        answer = self._waiting.get(number)
        if answer is not None and not answer.done():
            answer.set_result(payload)

    def _lose(self) -> None:
        self.lost = True
        self._writer.close()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ConnectionResetError("the connection to the replicator was lost"))
