"""The topic that a log needs: created so, and checked to be so.

Owns the one table of settings without which Kafka would lose, remove or hide records.
Source: https://kafka.apache.org/documentation/#topicconfigs
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from aiokafka.protocol.admin import CreateTopicsRequest, DescribeConfigsRequest

from replication.event_log import MAXIMUM_RECORD_BYTES, LogUnavailable, LogUnsafe
from replication.kafka_connection import UNKNOWN_TOPIC, KafkaTopic
from replication.kafka_protocol import TopicMetadata

TOPIC_RESOURCE: Final = 2
TOPIC_EXISTS: Final = 36
BATCH_BYTES: Final = 2 * MAXIMUM_RECORD_BYTES  # the longest record and what Kafka writes around it
BROKERS_DEFAULT: Final = -1


class Setting(NamedTuple):
    """A topic setting: the value to create it with, whether another value is as good, and what it would do if not."""

    name: str
    value: str
    is_safe: Callable[[str], bool]
    danger: str


REQUIRED_SETTINGS: Final = (
    Setting("cleanup.policy", "delete", "delete".__eq__, "compaction removes records"),
    Setting("retention.ms", "-1", "-1".__eq__, "old records expire"),
    Setting("retention.bytes", "-1", "-1".__eq__, "records expire when the log grows"),
    Setting("unclean.leader.election.enable", "false", "false".__eq__, "acknowledged records can be lost"),
    Setting("compression.type", "uncompressed", "uncompressed".__eq__, "records can be written that nobody reads"),
    Setting("max.message.bytes", str(BATCH_BYTES), lambda value: int(value) >= BATCH_BYTES, "records do not fit"),
)


def expiring_settings(kept_milliseconds: int) -> tuple[Setting, ...]:
    """Those of a topic whose records are kept for a while only; another time is as good."""
    kept = {"retention.ms": str(kept_milliseconds), "retention.bytes": "-1"}
    return tuple(
        setting._replace(value=kept[setting.name], is_safe=_any_value) if setting.name in kept else setting
        for setting in REQUIRED_SETTINGS
    )


def _any_value(_value: str) -> bool:
    return True


SAFE_IN_SYNC = 2
"""So many replicas hold a record before it is acknowledged, wherever there are more than one."""


async def ensure_topic(
    topic: KafkaTopic,
    partitions: int,
    replicas: int | None,
    settings: Sequence[Setting] = REQUIRED_SETTINGS,
    *,
    create: bool,
) -> TopicMetadata:
    """Have the topic with its settings. `replicas` None: as many as the brokers make by default.

    Errors: LogUnavailable, LogUnsafe.
    """
    if create and (await topic.persist(topic.metadata)).error_code == UNKNOWN_TOPIC:
        await topic.persist(lambda: _create(topic, partitions, replicas, settings))
        await topic.persist(lambda: _appear(topic))
    metadata = await topic.persist(topic.visible)
    if metadata.partitions != partitions:
        raise LogUnsafe(f"the topic {topic.name} has {metadata.partitions} partitions, the settings say {partitions}")
    found = await topic.persist(lambda: _describe(topic))
    if dangers := dangers_of(found, metadata.replicas, replicas, settings):
        raise LogUnsafe(f"the topic {topic.name} is not safe: {', '.join(dangers)}")
    return metadata


async def _create(topic: KafkaTopic, partitions: int, replicas: int | None, settings: Sequence[Setting]) -> None:
    configuration = [(setting.name, setting.value) for setting in settings]
    if replicas is not None and replicas >= SAFE_IN_SYNC:
        configuration.append(("min.insync.replicas", str(SAFE_IN_SYNC)))
    wanted: tuple[Any, ...] = (topic.name, partitions, replicas or BROKERS_DEFAULT, [], configuration)
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


def dangers_of(
    found: Mapping[str, str], replicas: int, wanted: int | None, settings: Sequence[Setting] = REQUIRED_SETTINGS
) -> list[str]:
    """What would lose, remove or hide records, of the settings `found` and the replicas, and what to set instead."""
    dangers = [
        f"{setting.name}={found.get(setting.name)} ({setting.danger}; set {setting.value})"
        for setting in settings
        if not setting.is_safe(found.get(setting.name, ""))
    ]
    if wanted is not None and replicas < wanted:
        dangers.append(f"it has {replicas} replicas (the settings say {wanted}; reassign its partitions)")
    in_sync = int(found.get("min.insync.replicas", "1"))
    if replicas >= SAFE_IN_SYNC > in_sync:
        dangers.append(
            f"min.insync.replicas={in_sync} (one lost broker loses acknowledged records; set {SAFE_IN_SYNC})"
        )
    return dangers
