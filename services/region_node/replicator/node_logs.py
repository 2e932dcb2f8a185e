"""The logs that a node reads and writes, opened as its settings say.

Owns the choice between the embedded log and Kafka, for the region's own logs and for those of its peers.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from replication.feed.feed import FeedLog, PeerFeed
from replication.feed.voice import FeedVoice
from replication.kafka.settings import expiring_settings
from replication.log.embedded_log import EmbeddedLog, EmbeddedLogs
from replication.log.event_log import EventLog
from replication.pulses.pulse import pulse_log
from replication.pulses.pulse_log import PARTITIONS, LoggedPulses, PeerVoice
from replication.sharing.mirror_ends import SharedLog
from replication.sharing.publication import local_log, shared_log
from services.region_node.kafka.logs import own_kafka_log, read_kafka_log
from services.region_node.pulses.pulses import PulseLog
from services.region_node.settings.settings import Address, KafkaSettings, NodeSettings, PeerSettings
from shared.crypto.region_certificate import region_domain

if TYPE_CHECKING:
    from replication.kafka.log import KafkaLog


class NodeLogs(NamedTuple):
    """`local` is folded; `shared` is published."""

    local: EventLog
    shared: EventLog

    async def close(self) -> None:
        for log in self:
            await log.close()


async def open_own_logs(settings: NodeSettings, *, create: bool = True) -> NodeLogs:
    """`create`: make what is missing, as a region's first start does. Errors: LogError."""
    names = (local_log(settings.region), shared_log(settings.region))
    if isinstance(settings.log, KafkaSettings):
        local, shared = await _both_topics(settings.log, names, settings.partitions, create)
        return NodeLogs(local, shared)
    logs = EmbeddedLogs.open(settings.log_directory, dict.fromkeys(names, settings.partitions))
    return NodeLogs(logs[names[0]], logs[names[1]])


async def open_records(settings: NodeSettings) -> EventLog:
    """The region's `local` log for who only reads it, on a connection of its own. Errors: LogError."""
    name = local_log(settings.region)
    if isinstance(settings.log, KafkaSettings):
        return await read_kafka_log(settings.log, name, settings.partitions)
    return EmbeddedLogs.open(settings.log_directory, {name: settings.partitions}, readonly=True)[name]


async def _both_topics(
    kafka: KafkaSettings, names: tuple[str, str], partitions: int, create: bool
) -> "tuple[KafkaLog, KafkaLog]":
    first = await own_kafka_log(kafka, names[0], partitions, create=create)
    try:
        return first, await own_kafka_log(kafka, names[1], partitions, create=create)
    except BaseException:
        await first.close()
        raise


@asynccontextmanager
async def onlooking_logs(settings: NodeSettings, logs: NodeLogs) -> AsyncIterator[NodeLogs]:
    """The region's own logs once more, for who reads them from the beginning beside author and publisher.

    With Kafka on connections of its own, for a log keeps ready what its last reader is to read next. Errors: LogError.
    """
    if isinstance(logs.local, EmbeddedLog) and isinstance(logs.shared, EmbeddedLog):
        yield NodeLogs(logs.local.onlooker(), logs.shared.onlooker())
        return
    own = await open_own_logs(settings, create=False)
    try:
        yield own
    finally:
        await own.close()


async def open_peer_log(peer: PeerSettings, partitions: int, tls: ssl.SSLContext) -> SharedLog:
    """The peer's shared log, over the network. Errors: LogError while the peer's Kafka cannot be asked."""
    if peer.kafka is not None:
        return await read_kafka_log(peer.kafka, shared_log(peer.region), partitions)
    return FeedLog(_required_feed(peer, shared_log(peer.region), tls), partitions)


def peer_feed(peer: PeerSettings, name: str, tls: ssl.SSLContext) -> PeerFeed | None:
    """A connection to the peer's feed, for asking what people call `name`; None where its feed is not known."""
    if peer.feed is None:
        return None
    others = [_place(other) for other in peer.other_feeds]
    return PeerFeed(name, _place(peer.feed), tls, region_domain(peer.region), others)


def _required_feed(peer: PeerSettings, name: str, tls: ssl.SSLContext) -> PeerFeed:
    feed = peer_feed(peer, name, tls)
    if feed is None:
        raise AssertionError("settings give every peer a feed or a Kafka cluster")
    return feed


async def open_own_pulses(settings: NodeSettings) -> PulseLog:
    """Where the region writes its pulses. Errors: LogError."""
    name = pulse_log(settings.region)
    if isinstance(settings.log, KafkaSettings):
        kept = expiring_settings(settings.pulses.kept_milliseconds)
        return _ExpiringLog(await own_kafka_log(settings.log, name, PARTITIONS, kept))
    return EmbeddedLogs.open(settings.pulses_directory, {name: PARTITIONS})[name]


class _ExpiringLog:
    """A topic, whose retention prunes it."""

    def __init__(self, log: "KafkaLog") -> None:
        self.name, self.partitions = log.name, log.partitions
        self.append, self.read, self.end = log.append, log.read, log.end
        self.identity, self.close = log.identity, log.close

    async def prune(self, _partition: int, _before: int) -> None:
        """Nothing: the brokers do it."""


async def open_peer_pulses(peer: PeerSettings, tls: ssl.SSLContext) -> PeerVoice:
    """The peer's pulses, over the network. Errors: LogError while the peer's Kafka cannot be asked."""
    name = pulse_log(peer.region)
    if peer.kafka is not None:
        return LoggedPulses(await read_kafka_log(peer.kafka, name, PARTITIONS), peer.region)
    return FeedVoice(_required_feed(peer, name, tls))


def _place(address: Address) -> tuple[str, int]:
    return address.host, address.port
