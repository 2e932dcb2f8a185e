"""The feed: a region's shared log, read by its peers over the network where there is no Kafka.

Owns both ends of `EventLog.read` over mutual TLS: `FeedServer` answers, `FeedLog` asks. Who may connect is decided by
the TLS contexts (only pinned identities); what is read is believed only for its signatures, as if any carrier had
brought it.
"""

import asyncio
import ssl
from collections.abc import Sequence
from typing import Any

from replication.event_log import Entry, EventLog, LogError, LogTruncated, LogUnavailable
from replication.frames import Dialogue, serve

LIMIT_MOST = 1_000
WAIT_MOST_SECONDS = 30.0
ANSWER_BYTES = 8 << 20
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0


class FeedServer:
    """Serves one shared log to the peers."""

    def __init__(self, log: EventLog, tls: ssl.SSLContext) -> None:
        self._log = log
        self._tls = tls
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(
            lambda reader, writer: serve(reader, writer, self._answer), host, port, ssl=self._tls
        )

    @property
    def port(self) -> int:
        if self._server is None:
            raise AssertionError("the feed has not been started")
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _answer(self, question: Any) -> list[Any]:
        """["read", partition, start, limit, wait] -> ["entries", ...] or ["error", kind, text]."""
        try:
            verb, partition, start, limit, wait = question
            if verb != "read" or not 0 <= partition < self._log.partitions:
                return ["error", "LogUnavailable", "the feed does not know this question"]
            entries = await self._log.read(
                partition, start, max(1, min(limit, LIMIT_MOST)), min(wait, WAIT_MOST_SECONDS)
            )
            return ["entries", _as_much_as_fits(entries)]
        except LogError as error:
            return ["error", type(error).__name__, str(error)]


def _as_much_as_fits(entries: Sequence[Entry]) -> list[Entry]:
    """At least one entry, and no more than an answer may hold."""
    room = ANSWER_BYTES
    fitting: list[Entry] = []
    for entry in entries:
        room -= len(entry.record)
        if room < 0 and fitting:
            break
        fitting.append(entry)
    return fitting


class FeedLog:
    """A peer's shared log, read only. `domain` is the name that the peer's certificate must prove."""

    def __init__(self, name: str, partitions: int, address: tuple[str, int], tls: ssl.SSLContext, domain: str) -> None:
        self.name = name
        self.partitions = partitions
        self._address = address
        self._tls = tls
        self._domain = domain
        self._dialogue = Dialogue(self._connect)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self._address
        async with asyncio.timeout(CONNECT_SECONDS):
            return await asyncio.open_connection(host, port, ssl=self._tls, server_hostname=self._domain)

    async def read(self, partition: int, start: int, limit: int, wait_seconds: float = 0) -> Sequence[Entry]:
        try:
            answer = await self._dialogue.ask(
                ("read", partition, start, limit, wait_seconds), wait_seconds + ANSWER_SECONDS
            )
            kind, *rest = answer
            if kind == "entries":
                return [Entry(int(position), bytes(record)) for position, record in rest[0]]
        except (OSError, TimeoutError, TypeError, ValueError) as error:
            raise LogUnavailable(f"{self.name} at {self._address[0]}:{self._address[1]}: {error}") from error
        raise (LogTruncated if rest[:1] == ["LogTruncated"] else LogUnavailable)(f"{self.name}: {rest[-1]}")

    async def close(self) -> None:
        await self._dialogue.close()
