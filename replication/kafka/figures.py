"""What one log on Kafka counts and measures of itself, for the region's metrics.

Owns the numbers; who appends, reads and asks notes them as it goes, and nobody asks a broker for their sake.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from replication.kafka.protocol import Address, TopicMetadata


@dataclass
class KafkaFigures:
    """`clock`: seconds since 1970."""

    clock: Callable[[], float] = time.time
    retries: int = 0
    """Questions that had to be asked again."""
    unknown_appends: int = 0
    """Appends whose outcome only the log can tell."""
    last_append: float = 0.0
    """When a broker has last acknowledged one; 0: not since the start."""
    reachable: bool = True
    leaderless: int = 0
    under_replicated: int = 0
    """Partitions with fewer replicas in sync than they have."""
    brokers: dict[Address, bool] = field(default_factory=dict)
    """Those that have ever been named, and whether they are in the cluster now."""
    _ends: dict[int, int] = field(default_factory=dict)
    _read: dict[int, int] = field(default_factory=dict)

    @property
    def lag(self) -> int:
        """How many positions of all partitions have not been read that were there when last looked."""
        return sum(max(0, self._ends.get(partition, 0) - read) for partition, read in self._read.items())

    @property
    def partitions_read(self) -> tuple[int, ...]:
        return tuple(self._read)

    def appended(self) -> None:
        self.last_append = self.clock()

    def ends(self, partition: int, end: int) -> None:
        self._ends[partition] = end

    def has_read(self, partition: int, up_to: int) -> None:
        self._read[partition] = up_to

    def saw(self, metadata: TopicMetadata) -> None:
        """What a broker has said of the topic and of its cluster."""
        self.reachable = True
        self.leaderless = metadata.partitions - len(metadata.leaders)
        self.under_replicated = metadata.under_replicated
        self.brokers = dict.fromkeys(self.brokers, False) | dict.fromkeys(metadata.brokers, True)

    def saw_nobody(self) -> None:
        """No broker has answered."""
        self.reachable = False
        self.brokers = dict.fromkeys(self.brokers, False)

    def told(self) -> Mapping[str, float]:
        """By the name of the metric; no time of an append where there was none."""
        told = {
            "reachable": float(self.reachable),
            "lag": float(self.lag),
            "retries": float(self.retries),
            "unknown_appends": float(self.unknown_appends),
            "leaderless_partitions": float(self.leaderless),
            "under_replicated_partitions": float(self.under_replicated),
        }
        return told | ({"last_append_timestamp_seconds": self.last_append} if self.last_append else {})
