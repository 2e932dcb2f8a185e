"""Connections to Kafka's brokers, and asking the right broker within a deadline.

Owns the pool of connections and the table of Kafka's error codes. A broker answers the requests of one connection in
turn, and a waiting read occupies its connection for as long as it waits: so every question under way has a connection
of its own.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaError, for_code

from replication.event_log import LogError, LogTruncated, LogUnavailable
from replication.kafka_protocol import Address, MetadataRequest, TopicMetadata, topic_metadata

RETRY_SECONDS: Final = 0.05
BROKER_SECONDS: Final = 3  # for so long one broker may keep the next one from being asked
OFFSET_OUT_OF_RANGE: Final = 1
UNKNOWN_TOPIC: Final = 3
TOPIC_FORBIDDEN: Final = 29

# Errors that say at once what is wrong; after every other one the leader is looked up again until the deadline.
ANSWERS: Final[Mapping[int, tuple[type[LogError], str]]] = {
    OFFSET_OUT_OF_RANGE: (LogTruncated, "the position lies before the beginning or beyond the end"),
    TOPIC_FORBIDDEN: (LogUnavailable, "this node may not use the topic (access list)"),
}


Answer = TypeVar("Answer")


class KafkaConnections:
    """A pool of connections. `security` are aiokafka's settings, as `KafkaLog.open` takes them."""

    def __init__(self, bootstrap: str, security: Mapping[str, Any], deadline_seconds: float) -> None:
        self.deadline_seconds = deadline_seconds
        self._known = tuple(_address(part) for part in bootstrap.split(","))
        self._security = {"request_timeout_ms": int(deadline_seconds * 1000) + 60_000, **security}
        self._idle: dict[Address, list[AIOKafkaConnection]] = {}
        self._open: set[AIOKafkaConnection] = set()
        self._closed = False

    async def ask(self, address: Address, request: Any) -> Any:
        """One question to one broker; the caller sets the deadline. Errors: KafkaError, OSError."""
        async with self._connection(address) as connection:
            return await connection.send(request)

    async def ask_any(self, request: Any) -> Any:
        """One question to the first broker that answers."""
        failure: Exception = LogUnavailable("no broker is known")
        for address in self._known:
            try:
                async with asyncio.timeout(BROKER_SECONDS):
                    return await self.ask(address, request)
            except (KafkaError, OSError) as error:
                failure = error
        raise failure

    async def topic(self, name: str) -> TopicMetadata:
        metadata = topic_metadata(await self.ask_any(MetadataRequest(name)))
        self._known = tuple(dict.fromkeys((*self._known, *metadata.brokers)))
        return metadata

    async def close(self) -> None:
        """Close every connection; questions under way fail."""
        self._closed = True
        await asyncio.gather(*filter(None, (self._discard(connection) for connection in tuple(self._open))))

    @asynccontextmanager
    async def _connection(self, address: Address) -> AsyncIterator[AIOKafkaConnection]:
        connection = await self._take(address)
        try:
            yield connection
        except BaseException:  # also a cancelled question: its answer would come to the next one
            self._discard(connection)
            raise
        self._idle.setdefault(address, []).append(connection)

    async def _take(self, address: Address) -> AIOKafkaConnection:
        if self._closed:
            raise LogUnavailable("the log is closed")
        idle = self._idle.get(address, [])
        while idle:
            connection = idle.pop()
            if connection.connected():
                return connection
            self._discard(connection)
        connection = await create_conn(*address, **self._security)
        self._open.add(connection)
        return connection

    def _discard(self, connection: AIOKafkaConnection) -> Any:
        self._open.discard(connection)
        return connection.close()


class KafkaTopic:
    """One topic, and who leads its partitions."""

    def __init__(self, name: str, connections: KafkaConnections) -> None:
        self.name = name
        self.connections = connections
        self._leaders: dict[int, Address] = {}

    async def ask_leader(self, partition: int, request: Any, seconds: float = 0) -> Any:
        """Ask the partition's leader, wherever it moves, for at most the deadline plus `seconds`.

        The request is for one partition, and the answer is that partition's part. A request may be sent many times.
        Errors: LogUnavailable, LogTruncated.
        """

        async def attempt() -> Any:
            response = await self.connections.ask(await self._leader(partition), request)
            answer = response.topics[0][1][0]
            _raise_for(answer[1], f"{self.name}/{partition}")
            return answer

        return await self.persist(attempt, seconds)

    async def metadata(self) -> TopicMetadata:
        return await self.connections.topic(self.name)

    async def visible(self) -> TopicMetadata:
        """The metadata of a topic that is there. Errors: LogUnavailable."""
        metadata = await self.metadata()
        if metadata.error_code == UNKNOWN_TOPIC:
            raise LogUnavailable(f"the topic {self.name} does not exist, or this node may not see it")
        _raise_for(metadata.error_code, self.name)
        return metadata

    async def persist(self, attempt: Callable[[], Awaitable[Answer]], seconds: float = 0) -> Answer:
        """Attempt until it succeeds, at most for the deadline plus `seconds`. Errors: LogUnavailable and its own."""
        deadline = time.monotonic() + self.connections.deadline_seconds + seconds
        failure: Exception = TimeoutError("no answer in time")
        while (remaining := deadline - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(remaining):
                    return await attempt()
            except TimeoutError:
                continue
            except (KafkaError, OSError) as error:
                failure = error
            self._leaders = {}
            await asyncio.sleep(min(RETRY_SECONDS, remaining))
        raise LogUnavailable(f"the topic {self.name} cannot be asked: {failure!r}") from failure

    async def _leader(self, partition: int) -> Address:
        if partition not in self._leaders:
            self._leaders = (await self.visible()).leaders
        if partition not in self._leaders:
            raise KafkaError(f"{self.name}/{partition} has no leader at the moment")
        return self._leaders[partition]


def _raise_for(error_code: int, place: str) -> None:
    if error_code == 0:
        return
    if error_code in ANSWERS:
        error, reason = ANSWERS[error_code]
        raise error(f"{place}: {reason}")
    raise for_code(error_code)(place)


def _address(text: str) -> Address:
    host, _, port = text.strip().rpartition(":")
    return host, int(port)
