"""The one request of Kafka's protocol that aiokafka does not know yet: metadata with the topic's id.

Owns the layout of Metadata version 12 and the reading of its answer. The id is what tells a topic from another one
that was created later under the same name. Source: https://kafka.apache.org/protocol (Metadata, KIP-516).
"""

from typing import Any, ClassVar, NamedTuple

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

TEXT = CompactString("utf-8")
UUID = (("topic_id_high", Int64), ("topic_id_low", Int64))
BROKER = (("node_id", Int32), ("host", TEXT), ("port", Int32), ("rack", TEXT), ("tags", TaggedFields))
PARTITION = (
    ("error_code", Int16),
    ("partition", Int32),
    ("leader", Int32),
    ("leader_epoch", Int32),
    ("replicas", CompactArray(Int32)),
    ("in_sync", CompactArray(Int32)),
    ("offline", CompactArray(Int32)),
    ("tags", TaggedFields),
)
TOPIC = (
    ("error_code", Int16),
    ("name", TEXT),
    *UUID,
    ("is_internal", Boolean),
    ("partitions", CompactArray(*PARTITION)),
    ("authorized_operations", Int32),
    ("tags", TaggedFields),
)

Address = tuple[str, int]


class TopicMetadata(NamedTuple):
    """What a broker says of one topic. `error_code` 0 means that the topic is there and may be seen.

    `leaders`: partition to the address of its leader, without the partitions that have none at the moment.
    `under_replicated`: partitions with fewer replicas in sync than they have. `operations`: what this client may do
    with the topic, as `rights.lacking` reads it.
    """

    cluster_id: str
    error_code: int
    topic_id: str
    partitions: int
    replicas: int
    under_replicated: int
    leaders: dict[int, Address]
    brokers: tuple[Address, ...]
    operations: int


class MetadataResponse(Response):  # type: ignore[misc]  # aiokafka is not typed
    API_KEY: ClassVar[int] = 3
    API_VERSION: ClassVar[int] = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", CompactArray(*BROKER)),
        ("cluster_id", TEXT),
        ("controller_id", Int32),
        ("topics", CompactArray(*TOPIC)),
        ("tags", TaggedFields),
    )


class MetadataStruct(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 12
    RESPONSE_TYPE = MetadataResponse
    SCHEMA = Schema(
        ("topics", CompactArray(*UUID, ("name", TEXT), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class MetadataRequest(Request[MetadataStruct]):  # type: ignore[misc]
    """Ask for one topic, without creating it, and for what may be done with it."""

    API_KEY = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: type[MetadataStruct]) -> MetadataStruct:
        return request_struct_class([(0, 0, self._topic, {})], False, True, {})


def topic_metadata(response: Any) -> TopicMetadata:
    """Read the answer to a `MetadataRequest`."""
    addresses = {node: (host, port) for node, host, port, _, _ in response.brokers}
    error_code, _, high, low, _, partitions, operations, _ = response.topics[0]
    return TopicMetadata(
        cluster_id=response.cluster_id or "",
        error_code=error_code,
        topic_id=f"{high & (2**64 - 1):016x}{low & (2**64 - 1):016x}",
        partitions=len(partitions),
        replicas=min((len(partition[4]) for partition in partitions), default=0),
        under_replicated=sum(len(partition[5]) < len(partition[4]) for partition in partitions),
        leaders={partition[1]: addresses[partition[2]] for partition in partitions if partition[2] in addresses},
        brokers=tuple(addresses.values()),
        operations=operations,
    )
