"""Connections to Kafka's brokers.

Owns the pool of them. A broker answers the requests of one connection in turn, and a waiting read occupies its
connection for as long as it waits: so every question under way has a connection of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaError

from replication.kafka.diagnosis import BrokerRefuses, diagnosis
from replication.kafka.protocol import Address, MetadataRequest, TopicMetadata, topic_metadata
from replication.log.event_log import LogUnavailable

BROKER_SECONDS: Final = 3  # for so long one broker may keep the next one from being asked


class KafkaConnections:
    """A pool of connections. `security` are aiokafka's settings, as `KafkaLog.open` takes them."""

    def __init__(self, bootstrap: str, security: Mapping[str, Any], deadline_seconds: float) -> None:
        self.bootstrap = bootstrap
        self.deadline_seconds = deadline_seconds
        self._known = tuple(_address(part) for part in bootstrap.split(","))
        self._security = {"request_timeout_ms": int(deadline_seconds * 1000) + 60_000, **security}
        self._idle: dict[Address, list[AIOKafkaConnection]] = {}
        self._open: set[AIOKafkaConnection] = set()
        self._closed = False

    async def ask(self, address: Address, request: Any) -> Any:
        """One question to one broker; the caller sets the deadline. Errors: KafkaError, OSError, BrokerRefuses."""
        async with self._connection(address) as connection:
            return await connection.send(request)

    async def ask_any(self, request: Any) -> Any:
        """One question to the first broker that answers. Errors: those of the last one asked."""
        failure: Exception = LogUnavailable("no broker is known")
        for address in self._known:
            try:
                async with asyncio.timeout(BROKER_SECONDS):
                    return await self.ask(address, request)
            except (KafkaError, OSError, BrokerRefuses) as error:
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
        connection = await self._connect(address)
        self._open.add(connection)
        return connection

    async def _connect(self, address: Address) -> AIOKafkaConnection:
        try:
            return await create_conn(*address, **self._security)
        except (KafkaError, OSError) as error:
            found = diagnosis(error)
            if found.lasts:
                raise BrokerRefuses(f"the broker {_text(address)}: {found.sentence}") from error
            raise KafkaError(f"the broker {_text(address)}: {found.sentence}") from error

    def _discard(self, connection: AIOKafkaConnection) -> Any:
        self._open.discard(connection)
        return connection.close()


def _address(text: str) -> Address:
    host, _, port = text.strip().rpartition(":")
    return host, int(port)


def _text(address: Address) -> str:
    return f"{address[0]}:{address[1]}"
