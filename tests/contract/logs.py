"""How the suite makes, reopens and wipes logs of each implementation."""

import asyncio
import shutil
import uuid
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from replication.kafka.log import KafkaLog
from replication.log.embedded_log import EmbeddedLogs
from replication.log.event_log import EventLog

PARTITIONS = 2


class Logs(ABC):
    """A place where logs are kept. Every log that it opened is closed by `close`."""

    def __init__(self) -> None:
        self._opened: list[EventLog] = []
        self.name = f"keytide.test-{uuid.uuid4()}.local"

    async def open(self, name: str = "") -> EventLog:
        """The log of that name: made if it is not there, else opened again as it is."""
        log = await self._open(name or self.name)
        self._opened.append(log)
        return log

    async def close(self) -> None:
        for log in self._opened:
            await log.close()

    @abstractmethod
    async def _open(self, name: str) -> EventLog: ...

    @abstractmethod
    async def wipe(self) -> None:
        """Destroy the (closed) log and all its records."""

    @abstractmethod
    def place(self) -> tuple[str, str]:
        """How another process finds it: kind, and folder or address."""


async def open_at(kind: str, place: str, name: str) -> EventLog:
    """The log that stands at a `Logs.place()`."""
    if kind == "embedded":
        return EmbeddedLogs.open(Path(place) / name, {name: PARTITIONS})[name]
    return await KafkaLog.open(name, place, PARTITIONS)


class EmbeddedPlace(Logs):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    async def _open(self, name: str) -> EventLog:
        return await open_at(*self.place(), name)

    def place(self) -> tuple[str, str]:
        return "embedded", str(self._folder)

    async def wipe(self) -> None:
        shutil.rmtree(self._folder / self.name)


class KafkaPlace(Logs):
    def __init__(self, bootstrap: str) -> None:
        super().__init__()
        self._bootstrap = bootstrap

    async def _open(self, name: str) -> EventLog:
        return await open_at(*self.place(), name)

    def place(self) -> tuple[str, str]:
        return "kafka", self._bootstrap

    async def wipe(self) -> None:
        await delete_topic(self._bootstrap, self.name)


async def delete_topic(bootstrap: str, name: str) -> None:
    """Delete the topic and wait until the broker no longer knows it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        response = await admin.delete_topics([name])
        assert response.topic_error_codes == [(name, 0)]
        await eventually(lambda: _is_listed(admin, name, False))
    finally:
        await admin.close()


async def delete_records(bootstrap: str, name: str, before: int) -> None:
    """Delete the first records of the topic's first partition, as an operator may."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        place = TopicPartition(name, 0)
        assert await admin.delete_records({place: RecordsToDelete(before)}) == {place: before}
    finally:
        await admin.close()


async def create_topic(bootstrap: str, name: str, settings: Mapping[str, str], partitions: int) -> None:
    """Create the topic and wait until the broker knows it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        response = await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=dict(settings))])
        assert [error[1] for error in response.topic_errors] == [0]
        await eventually(lambda: _is_listed(admin, name, True))
    finally:
        await admin.close()


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: int = 10) -> None:
    """Wait for the condition, at most for so long."""
    for _ in range(100 * seconds):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the condition never came true")


async def _is_listed(admin: AIOKafkaAdminClient, name: str, wanted: bool) -> bool:
    return (name in await admin.list_topics()) is wanted
