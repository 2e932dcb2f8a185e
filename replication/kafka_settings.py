"""The topic that a log needs: created so, and checked to be so.

Owns the one table of settings without which Kafka would lose, remove or hide records.
Source: https://kafka.apache.org/documentation/#topicconfigs
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from aiokafka.protocol.admin import CreateTopicsRequest, DescribeConfigsRequest

from replication.event_log import MAXIMUM_RECORD_BYTES, LogUnavailable, LogUnsafe
from replication.kafka_connection import UNKNOWN_TOPIC, KafkaTopic
from replication.kafka_protocol import TopicMetadata

TOPIC_RESOURCE: Final = 2
TOPIC_EXISTS: Final = 36
BATCH_BYTES: Final = 2 * MAXIMUM_RECORD_BYTES  # the longest record and what Kafka writes around it
FOR_EVER: Final = -1


class Setting(NamedTuple):
    """A topic setting: the value to create it with, whether another value is as good, and what it would do if not."""

    name: str
    value: str
    is_safe: Callable[[str], bool]
    danger: str


def required_settings(retention_milliseconds: int) -> tuple[Setting, ...]:
    """The settings of a log that keeps its records for so long; `FOR_EVER` for a log that is folded."""

    def keeps(value: str) -> bool:
        return int(value) == FOR_EVER or int(value) >= retention_milliseconds != FOR_EVER

    return (
        Setting("cleanup.policy", "delete", "delete".__eq__, "compaction removes records"),
        Setting("retention.ms", str(retention_milliseconds), keeps, "old records expire"),
        Setting("retention.bytes", "-1", "-1".__eq__, "records expire when the log grows"),
        Setting("unclean.leader.election.enable", "false", "false".__eq__, "acknowledged records can be lost"),
        Setting("compression.type", "uncompressed", "uncompressed".__eq__, "records can be written that nobody reads"),
        Setting("max.message.bytes", str(BATCH_BYTES), lambda value: int(value) >= BATCH_BYTES, "records do not fit"),
    )


async def ensure_topic(
    topic: KafkaTopic, partitions: int, retention_milliseconds: int, *, create: bool
) -> TopicMetadata:
    """Have the topic with its settings. Errors: LogUnavailable, LogUnsafe."""
    settings = required_settings(retention_milliseconds)
    if create and (await topic.persist(topic.metadata)).error_code == UNKNOWN_TOPIC:
        await topic.persist(lambda: _create(topic, partitions, settings))
        await topic.persist(lambda: _appear(topic))
    metadata = await topic.persist(topic.visible)
    if metadata.partitions != partitions:
        raise LogUnsafe(f"the topic {topic.name} has {metadata.partitions} partitions, the settings say {partitions}")
    found = await topic.persist(lambda: _describe(topic))
    _require_safe(topic.name, metadata.replicas, settings, found)
    return metadata


async def _create(topic: KafkaTopic, partitions: int, settings: tuple[Setting, ...]) -> None:
    configuration = [(setting.name, setting.value) for setting in settings]
    # Minus one: the broker's own default number of replicas.
    wanted: tuple[Any, ...] = (topic.name, partitions, -1, [], configuration)
    timeout = int(topic.connections.deadline_seconds * 1000)
    response = await topic.connections.ask_any(CreateTopicsRequest([wanted], timeout, False))
    for _, error_code, message in response.topic_errors:
        if error_code not in (0, TOPIC_EXISTS):
            raise LogUnavailable(f"the topic {topic.name} cannot be created: {message or error_code}")


async def _appear(topic: KafkaTopic) -> None:
    """A topic just created is known to the brokers, and led, only a moment later."""
    metadata = await topic.metadata()
    if metadata.error_code != 0 or len(metadata.leaders) < metadata.partitions:
        raise ConnectionError("the topic was created, but has not appeared")


async def _describe(topic: KafkaTopic) -> dict[str, str]:
    response: Any = await topic.connections.ask_any(DescribeConfigsRequest([(TOPIC_RESOURCE, topic.name, None)]))
    error_code, message, _, _, entries = response.resources[0]
    if error_code != 0:
        raise LogUnavailable(f"the settings of the topic {topic.name} cannot be read: {message or error_code}")
    return {entry[0]: entry[1] for entry in entries}


def _require_safe(name: str, replicas: int, settings: tuple[Setting, ...], found: Mapping[str, str]) -> None:
    unsafe = [
        f"{setting.name}={found.get(setting.name)} ({setting.danger}; set {setting.value})"
        for setting in settings
        if not setting.is_safe(found.get(setting.name, ""))
    ]
    if replicas >= 3 and int(found.get("min.insync.replicas", "1")) < 2:
        unsafe.append("min.insync.replicas=1 (one lost broker loses acknowledged records; set 2)")
    if unsafe:
        raise LogUnsafe(f"the topic {name} is not safe: {', '.join(unsafe)}")
