"""A region's audit log: `keytide.<region>.audit`, of one partition.

Owns how it is opened, what is added to it, and how long it is kept. It carries entries from the nodes' spools to the
trail of every node, and a trail that is lost or new is made of what it still has.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from replication.kafka.settings import Setting, expiring_settings
from replication.log.embedded_log import EmbeddedLogs
from replication.log.event_log import EventLog
from services.region_node.kafka.logs import own_kafka_log
from services.region_node.pulses.settings import DAY_MILLISECONDS
from services.region_node.settings.settings import KafkaSettings, NodeSettings

if TYPE_CHECKING:
    from replication.kafka.log import KafkaLog

PARTITIONS: Final = 1
PARTITION: Final = 0
AWAY_DAYS: Final = 7
"""So long a node may be away, and still gets every entry."""


class AuditLog(EventLog, Protocol):
    """A log that is kept for a while only."""

    async def first(self, partition: int) -> int:
        """The position of the first entry that is kept."""

    async def prune(self, partition: int, before: int) -> None:
        """Drop what stands before that position. One that forgets by itself has nothing to do."""


def audit_log(region: str) -> str:
    """The log's name."""
    return f"keytide.{region}.audit"


def audit_log_settings(settings: NodeSettings) -> Sequence[Setting]:
    """What its topic needs. Brokers keep it as long as the trail, so that a node that is lost is made anew from it."""
    return expiring_settings((settings.audit.kept_days + AWAY_DAYS) * DAY_MILLISECONDS)


async def open_audit_log(settings: NodeSettings) -> AuditLog:
    """Errors: LogError."""
    name = audit_log(settings.region)
    if isinstance(settings.log, KafkaSettings):
        return _Topic(await own_kafka_log(settings.log, name, PARTITIONS, audit_log_settings(settings)))
    return EmbeddedLogs.open(settings.audit_log_directory, {name: PARTITIONS})[name]


class _Topic:
    """A topic, whose retention prunes it."""

    def __init__(self, log: "KafkaLog") -> None:
        self.name, self.partitions = log.name, log.partitions
        self.append, self.read, self.first, self.end = log.append, log.read, log.first, log.end
        self.identity, self.close = log.identity, log.close

    async def prune(self, _partition: int, _before: int) -> None:
        """Nothing: the brokers do it."""
