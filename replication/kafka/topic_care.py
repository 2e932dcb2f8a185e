"""A log's topic at the start of a node: made where it is missing, and looked at before anything relies on it.

Owns the questions to the brokers and the order of the refusals: the topic is there, this node may do with it what it
must, it has its partitions, and no setting in effect is dangerous.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from aiokafka.protocol.admin import CreateTopicsRequest, DescribeConfigsRequest

from replication.kafka.protocol import TopicMetadata
from replication.kafka.rights import Operation, lacking
from replication.kafka.settings import ONE_BROKER, Setting, created_settings, dangers_of, unsafe_topic
from replication.kafka.topic import TOPIC_FORBIDDEN, UNKNOWN_TOPIC, KafkaTopic, forbidden
from replication.log.event_log import LogUnavailable, LogUnsafe

TOPIC_RESOURCE: Final = 2
TOPIC_EXISTS: Final = 36
INVALID_REPLICATION_FACTOR: Final = 38
BROKERS_DEFAULT: Final = -1


class Needs(NamedTuple):
    """What a topic must be. `replicas` None: as many as it has; made with as many as the brokers make by default.

    `settings`: none looks at none, which takes no DESCRIBE_CONFIGS.
    """

    partitions: int
    replicas: int | None
    settings: Sequence[Setting]
    rights: Sequence[Operation]


async def ensure_topic(topic: KafkaTopic, needs: Needs, *, create: bool) -> TopicMetadata:
    """Have the topic as it is needed. Errors: LogUnavailable, LogForbidden, LogUnsafe, AnotherCluster."""
    if create and (await topic.persist(topic.metadata)).error_code == UNKNOWN_TOPIC:
        await topic.persist(lambda: _create(topic, needs))
        await topic.persist(lambda: _appear(topic))
    metadata = await _allowed(topic, needs)
    if metadata.partitions != needs.partitions:
        raise LogUnsafe(
            f"the topic {topic.name} has {metadata.partitions} partitions, the settings say {needs.partitions}"
        )
    if needs.settings:
        found = await topic.persist(lambda: _described(topic))
        if dangers := dangers_of(found, metadata.replicas, needs.replicas, needs.settings):
            raise LogUnsafe(unsafe_topic(topic.name, topic.connections.bootstrap, dangers))
    return metadata


async def _allowed(topic: KafkaTopic, needs: Needs) -> TopicMetadata:
    """Who may not see a topic may do nothing with it, so all is named that is lacking."""
    metadata = await topic.persist(topic.metadata)
    if metadata.error_code == TOPIC_FORBIDDEN:
        raise forbidden(topic.name, *needs.rights)
    metadata = await topic.persist(topic.visible)
    if missing := lacking(metadata.operations, needs.rights):
        raise forbidden(topic.name, *missing)
    return metadata


async def _create(topic: KafkaTopic, needs: Needs) -> None:
    configuration = list(created_settings(needs.replicas, needs.settings).items())
    wanted: tuple[Any, ...] = (topic.name, needs.partitions, needs.replicas or BROKERS_DEFAULT, [], configuration)
    timeout = int(topic.connections.deadline_seconds * 1000)
    response = await topic.connections.ask_any(CreateTopicsRequest([wanted], timeout, False))
    for _, error_code, message in response.topic_errors:
        if error_code == TOPIC_FORBIDDEN:
            raise forbidden(topic.name, Operation.CREATE)
        if error_code not in (0, TOPIC_EXISTS):
            raise LogUnavailable(
                f"the topic {topic.name} cannot be created: {message or error_code}{_hint(error_code)}"
            )


def _hint(error_code: int) -> str:
    if error_code != INVALID_REPLICATION_FACTOR:
        return ""
    return f" Look at replication_factor; {ONE_BROKER}."


async def _appear(topic: KafkaTopic) -> None:
    """A topic just created is known to the brokers, and led, only a moment later."""
    metadata = await topic.metadata()
    if metadata.error_code != 0 or len(metadata.leaders) < metadata.partitions:
        raise ConnectionError("the topic was created, but has not appeared")


async def _described(topic: KafkaTopic) -> Mapping[str, str]:
    """The settings in effect: the topic's own, else the broker's."""
    response: Any = await topic.connections.ask_any(DescribeConfigsRequest([(TOPIC_RESOURCE, topic.name, None)]))
    error_code, message, _, _, entries = response.resources[0]
    if error_code == TOPIC_FORBIDDEN:
        raise forbidden(topic.name, Operation.DESCRIBE_CONFIGS)
    if error_code != 0:
        raise LogUnavailable(f"the settings of the topic {topic.name} cannot be read: {message or error_code}")
    return {entry[0]: entry[1] for entry in entries}
