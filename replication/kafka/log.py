"""The log of a region on Apache Kafka: one topic, named as the log.

Owns the `EventLog` contract on Kafka. Reads are single fetches from a given offset, not a consumer: a consumer seeks,
resets and retries by itself, and shows a missing topic as a busy loop and a forbidden one as empty; a fetch answers
with entries or with an error code. Uncommitted records of other people's transactions are handed out too, because a
transaction that is left open would otherwise hold up the log; every record is judged by its own proof anyway.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.record.memory_records import MemoryRecords

from replication.kafka.append import KafkaAppender
from replication.kafka.connection import KafkaConnections
from replication.kafka.figures import KafkaFigures
from replication.kafka.rights import OF_ITS_REGION, Operation
from replication.kafka.settings import REQUIRED_SETTINGS, Setting
from replication.kafka.topic import KafkaTopic, PositionOutside
from replication.kafka.topic_care import Needs, ensure_topic
from replication.log.event_log import MAXIMUM_RECORD_BYTES, READ_BYTES, Entry, LogCorrupt, LogTruncated, NotAppended

FETCH_BYTES: Final = 8 << 20
READ_UNCOMMITTED: Final = 0
LATEST: Final = -1
EARLIEST: Final = -2
NO_REPLICA: Final = -1


class KafkaLog:
    """One log on Kafka. Made by `open`."""

    def __init__(
        self, name: str, partitions: int, topic: KafkaTopic, appender: KafkaAppender, figures: KafkaFigures
    ) -> None:
        self.name = name
        self.partitions = partitions
        self.figures = figures
        self._topic = topic
        self._appender = appender
        self._topic_id = ""
        self._ahead: dict[int, tuple[int, list[Entry]]] = {}  # fetched but not yet read, from which start on

    @classmethod
    async def open(
        cls,
        name: str,
        bootstrap: str,
        partitions: int,
        security: Mapping[str, Any] | None = None,
        *,
        create: bool = True,
        replicas: int | None = None,
        settings: Sequence[Setting] = REQUIRED_SETTINGS,
        rights: Sequence[Operation] = OF_ITS_REGION,
        cluster_id: str | None = None,
        deadline_seconds: float = 10,
    ) -> "KafkaLog":
        """Open the topic `name` at the brokers `bootstrap` (`host:port`, separated by commas).

        `security`: aiokafka's `security_protocol`, `ssl_context`, `sasl_mechanism`, `sasl_plain_username`,
        `sasl_plain_password`. `create`: make the topic when it is missing, with `replicas`. `settings`: what
        the topic must have; none looks at none. `rights`: what this node must be allowed. `cluster_id`: Kafka's id of
        the cluster, where it is known. `deadline_seconds` bounds every call. Errors: LogUnavailable (broker away or
        refusing, topic missing or forbidden), LogUnsafe (its settings, or its number of partitions or replicas),
        LogTruncated (another cluster).
        """
        figures = KafkaFigures()
        connections = KafkaConnections(bootstrap, security or {}, deadline_seconds)
        topic = KafkaTopic(name, connections, cluster_id, figures)
        appender = KafkaAppender(name, bootstrap, security or {}, deadline_seconds, figures)
        log = cls(name, partitions, topic, appender, figures)
        try:
            metadata = await ensure_topic(topic, Needs(partitions, replicas, settings, rights), create=create)
            log._topic_id = metadata.topic_id
            await log._require_readable()
        except BaseException:
            await connections.close()
            raise
        return log

    async def append(self, partition: int, records: Sequence[bytes]) -> None:
        self._require(partition)
        if any(len(record) > MAXIMUM_RECORD_BYTES for record in records):
            raise NotAppended(f"a record for {self.name}/{partition} is longer than {MAXIMUM_RECORD_BYTES} bytes")
        if records:
            await self._appender.append(partition, records)

    async def read(
        self, partition: int, start: int, limit: int, wait_seconds: float = 0, most_bytes: int = READ_BYTES
    ) -> Sequence[Entry]:
        self._require(partition)
        if start < 0:
            raise LogTruncated(f"{self.name}/{partition}: position {start} is before the beginning")
        expected, entries = self._ahead.pop(partition, (start, []))
        if expected != start or not entries:
            entries = await self._fetch(partition, start, wait_seconds)
        count = min(limit, _reaching(entries, most_bytes))
        taken, rest = entries[:count], entries[count:]
        if rest:
            self._ahead[partition] = (taken[-1].position + 1, rest)
        self.figures.has_read(partition, taken[-1].position + 1 if taken else start)
        return taken

    async def end(self, partition: int) -> int:
        self._require(partition)
        end = await self._offset(partition, LATEST)
        self.figures.ends(partition, end)
        return end

    async def first(self, partition: int) -> int:
        """The position of the first entry that retention has left."""
        self._require(partition)
        return await self._offset(partition, EARLIEST)

    async def look(self, *, ends: bool) -> None:
        """Bring the figures up to date, with `ends` those of what is unread.

        Errors: LogUnavailable; LogTruncated for another topic, or another cluster, than the log was opened on.
        """
        metadata = await self._topic.persist(self._topic.visible)
        if metadata.topic_id != self._topic_id:
            raise LogTruncated(f"{self.name} was wiped: the topic was {self._topic_id}, and now is {metadata.topic_id}")
        for partition in self.figures.partitions_read if ends else ():
            await self.end(partition)

    async def identity(self) -> str:
        """Kafka's id of the cluster and its id of the topic."""
        metadata = await self._topic.persist(self._topic.visible)
        return f"{metadata.cluster_id}/{metadata.topic_id}"

    async def close(self) -> None:
        await self._appender.close()
        await self._topic.connections.close()

    async def _require_readable(self) -> None:
        """A topic that this node may not read must not be taken for an empty one."""
        for partition in range(self.partitions):
            await self._fetch(partition, await self.end(partition), 0)

    async def _fetch(self, partition: int, start: int, wait_seconds: float) -> list[Entry]:
        """Entries from `start` on. What is not a record (markers of transactions) is passed over."""
        while True:
            place = [(self.name, [(partition, start, FETCH_BYTES)])]
            question = FetchRequest(int(wait_seconds * 1000), 1, FETCH_BYTES, READ_UNCOMMITTED, place)
            try:
                answer = await self._topic.ask_leader(partition, question, Operation.READ, wait_seconds)
            except PositionOutside as error:
                raise await self._outside(partition, start) from error
            entries, following = _entries(answer[-1], start, f"{self.name}/{partition}")
            if entries or following == start:
                return entries
            start = following

    async def _outside(self, partition: int, start: int) -> PositionOutside:
        """Whether the topic has lost its beginning or its end."""
        first, end = await self._offset(partition, EARLIEST), await self._offset(partition, LATEST)
        place = f"{self.name}/{partition}"
        if start < first:
            return PositionOutside(f"{place} begins at {first}: what stood from {start} on has been deleted")
        return PositionOutside(f"{place} ends at {end}, and {start} was there: it was wiped, or has lost its end")

    async def _offset(self, partition: int, which: int) -> int:
        question = OffsetRequest(NO_REPLICA, READ_UNCOMMITTED, [(self.name, [(partition, which)])])
        answer = await self._topic.ask_leader(partition, question, Operation.DESCRIBE)
        offset: int = answer[3]
        return offset

    def _require(self, partition: int) -> None:
        if not 0 <= partition < self.partitions:
            raise ValueError(f"{self.name} has partitions 0 to {self.partitions - 1}, not {partition}")


def _reaching(entries: Sequence[Entry], most_bytes: int) -> int:
    """How many entries it takes to reach `most_bytes`; all where they do not."""
    sizes = accumulate(len(entry.record) for entry in entries)
    return next((count for count, size in enumerate(sizes, start=1) if size >= most_bytes), len(entries))


def _entries(fetched: bytes, start: int, place: str) -> tuple[list[Entry], int]:
    """The records from `start` on, and where the next fetch starts. Kafka sends whole batches, the last maybe cut."""
    entries: list[Entry] = []
    batches = MemoryRecords(fetched)
    while batches.has_next():
        batch = batches.next_batch()
        if not batch.validate_crc():
            raise LogCorrupt(f"{place}: the batch at {batch.base_offset} does not match its checksum")
        if not batch.is_control_batch:
            entries.extend(Entry(record.offset, record.value or b"") for record in batch if record.offset >= start)
        start = max(start, batch.next_offset)
    return entries, start
