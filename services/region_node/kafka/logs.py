"""The logs of a node that stand on Kafka: its own, and those of others that it reads.

Owns what each is opened with: whose topic it is decides what the node must be allowed, and what it looks at. Kafka's
client is loaded where a log stands on it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from replication.kafka.rights import OF_A_READER
from replication.kafka.settings import REQUIRED_SETTINGS, Setting
from services.region_node.kafka.access import kafka_security
from services.region_node.settings.settings import KafkaSettings

if TYPE_CHECKING:
    from replication.kafka.log import KafkaLog


async def own_kafka_log(
    kafka: KafkaSettings,
    name: str,
    partitions: int,
    settings: Sequence[Setting] = REQUIRED_SETTINGS,
    *,
    create: bool = True,
) -> "KafkaLog":
    """A log of the region. Errors: LogError."""
    from replication.kafka.log import KafkaLog

    return await KafkaLog.open(
        name,
        kafka.bootstrap,
        partitions,
        kafka_security(kafka),
        create=create,
        replicas=kafka.replicas,
        settings=settings,
        cluster_id=kafka.cluster_id,
    )


async def read_kafka_log(kafka: KafkaSettings, name: str, partitions: int) -> "KafkaLog":
    """A log that is only read, whatever its settings: a peer's, which its own region looks after. Errors: LogError."""
    from replication.kafka.log import KafkaLog

    return await KafkaLog.open(
        name,
        kafka.bootstrap,
        partitions,
        kafka_security(kafka),
        create=False,
        settings=(),
        rights=OF_A_READER,
        cluster_id=kafka.cluster_id,
    )
