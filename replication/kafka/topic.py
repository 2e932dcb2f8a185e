"""One topic of a cluster: asking about it, wherever its leaders move, within a deadline.

Owns what Kafka's error codes mean to a log, and that the cluster stays the one it was: behind a name of the bootstrap
list another cluster may answer one day, and a topic of the same name there would look like a log that was wiped.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from aiokafka.errors import KafkaError, for_code

from replication.kafka.connection import KafkaConnections
from replication.kafka.diagnosis import diagnosis
from replication.kafka.figures import KafkaFigures
from replication.kafka.protocol import Address, TopicMetadata
from replication.kafka.rights import Operation
from replication.log.event_log import LogTruncated, LogUnavailable

RETRY_SECONDS: Final = 0.05
OFFSET_OUT_OF_RANGE: Final = 1
UNKNOWN_TOPIC: Final = 3
TOPIC_FORBIDDEN: Final = 29

Answer = TypeVar("Answer")


class PositionOutside(LogTruncated):
    """The position lies before the beginning or beyond the end."""


class AnotherCluster(LogTruncated):
    """The brokers are of another cluster than they were, or than the settings say."""

    remedy = "Correct bootstrap, or cluster_id where the log has moved: see docs/kafka.md."


class LogForbidden(LogUnavailable):
    """The topic's access list keeps this node out; the message names the operations."""

    remedy = "Give this node what `keytide kafka acls` prints."


class KafkaTopic:
    """One topic, and who leads its partitions. `cluster_id` None: the first cluster that answers is the right one."""

    def __init__(self, name: str, connections: KafkaConnections, cluster_id: str | None, figures: KafkaFigures) -> None:
        self.name = name
        self.connections = connections
        self._cluster_id, self._figures = cluster_id, figures
        self._leaders: dict[int, Address] = {}

    async def ask_leader(self, partition: int, request: Any, need: Operation, seconds: float = 0) -> Any:
        """Ask the partition's leader, wherever it moves, for at most the deadline plus `seconds`.

        The request is for one partition, and the answer is that partition's part. A request may be sent many times.
        `need`: the operation without which the broker refuses it. Errors: LogUnavailable, PositionOutside.
        """

        async def attempt() -> Any:
            response = await self.connections.ask(await self._leader(partition), request)
            answer = response.topics[0][1][0]
            self._raise_for(answer[1], f"{self.name}/{partition}", need)
            return answer

        return await self.persist(attempt, seconds)

    async def metadata(self) -> TopicMetadata:
        """Errors: KafkaError, OSError, BrokerRefuses, AnotherCluster."""
        metadata = await self.connections.topic(self.name)
        self._cluster_id = self._cluster_id or metadata.cluster_id
        if metadata.cluster_id != self._cluster_id:
            raise AnotherCluster(
                f"{self.name}: the brokers at {self.connections.bootstrap} are of the cluster {metadata.cluster_id}, "
                f"and the log is in {self._cluster_id}"
            )
        self._figures.saw(metadata)
        return metadata

    async def visible(self) -> TopicMetadata:
        """The metadata of a topic that is there. Errors: as `metadata`; LogUnavailable."""
        metadata = await self.metadata()
        if metadata.error_code == UNKNOWN_TOPIC:
            raise LogUnavailable(f"the topic {self.name} does not exist in the cluster {metadata.cluster_id}")
        self._raise_for(metadata.error_code, self.name, Operation.DESCRIBE)
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
                pass  # what failed before says more
            except (KafkaError, OSError) as error:
                failure = error
            self._leaders = {}
            self._figures.retries += 1
            await asyncio.sleep(max(0, min(RETRY_SECONDS, deadline - time.monotonic())))
        self._figures.saw_nobody()
        raise LogUnavailable(f"the topic {self.name} cannot be asked: {_told(failure)}") from failure

    async def _leader(self, partition: int) -> Address:
        if partition not in self._leaders:
            self._leaders = (await self.visible()).leaders
        if partition not in self._leaders:
            raise KafkaError(f"{self.name}/{partition} has no leader at the moment")
        return self._leaders[partition]

    def _raise_for(self, error_code: int, place: str, need: Operation) -> None:
        if error_code == OFFSET_OUT_OF_RANGE:
            raise PositionOutside(f"{place}: the position lies before the beginning or beyond the end")
        if error_code == TOPIC_FORBIDDEN:
            raise forbidden(self.name, need)
        if error_code != 0:
            raise for_code(error_code)(place)


def forbidden(topic: str, *needed: Operation) -> LogForbidden:
    """The refusal that names what this node lacks."""
    words = ", ".join(operation.word for operation in needed)
    return LogForbidden(f"this node may not use the topic {topic}: its access list lacks {words}")


def _told(failure: Exception) -> str:
    """The sentence of a connection that failed, or what there is to say of another failure."""
    return str(failure.args[0]) if type(failure) is KafkaError and failure.args else diagnosis(failure).sentence
