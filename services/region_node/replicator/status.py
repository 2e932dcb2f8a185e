"""What the replicator tells of itself: readiness, counters, alarms.

Owns the status that /readyz and /metrics show. Alarms are logged once a reason and counted always.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from replication.fold.judge import Verdict
from replication.fold.materializer import Alarm, Materializer
from replication.records.position import EMPTY_HEAD
from replication.state.lmdb_store import LmdbStore
from replication.state.partition_head import PartitionHead
from services.metrics.family import Sample
from services.region_node.kafka.watch import KafkaWatch
from services.region_node.replicator.partitions import Partition

log = logging.getLogger(__name__)

REASONS_KEPT = 1_000
EVIDENCE = "evidence against"
"""The place of what is proven against a peer, among the troubles."""


class ReplicatorStatus:
    """Gathers. `hindrance` says why the region is not ready, "" once it is; `progress`, how far it has got;
    `scrub` gives its gauges, none where it is off."""

    def __init__(self) -> None:
        self.hindrance = "the replicator is starting"
        self.progress: Callable[[], str] = str
        self.alarms: Counter[str] = Counter()
        self.alias_conflicts = 0
        self.overtaken_changes = 0
        self.scrub: Callable[[], dict[str, float]] = dict
        self.exposure: Callable[[], dict[str, float]] = dict
        """What of the own changes no other region has, as gauges."""
        self.erasure: Callable[[], dict[str, float]] = dict
        self.recovery: Callable[[], dict[str, float]] = dict
        """When the region last passed a drill: see `drills.py`."""
        self._told: set[tuple[int, str]] = set()
        self._troubles: dict[str, str] = {}
        self.peers: Callable[[], dict[str, dict[str, float]]] = dict
        """How far the peers are: see `pulses.py`."""
        self.witness: Callable[[], tuple[str, Mapping[str, float]]] = lambda: ("", {})
        """Why the witness rule hinders, or "", and its gauges."""
        self.evidence: Callable[[], Mapping[str, str]] = dict
        """What is proven against peers: see `witness/seen_of_peers.py`."""
        self.passages: Callable[[], Iterable[Sample]] = tuple
        """What shared records take on their way: see `passages.py`."""
        self.kafka = KafkaWatch(self.trouble)
        self.limits: dict[str, float] = {}
        """What the settings limit, as gauges."""

    def alarm(self, alarm: Alarm) -> None:
        """Count an alarm, and log it the first time it is raised."""
        self.alarms[str(alarm.verdict)] += 1
        if (alarm.partition, alarm.reason) not in self._told and len(self._told) < REASONS_KEPT:
            self._told.add((alarm.partition, alarm.reason))
            log.error(
                "alarm",
                extra={"verdict": str(alarm.verdict), "partition": alarm.partition, "reason": alarm.reason},
            )

    def mirror_alarm(self, partition: int, verdict: Verdict, reason: str) -> None:
        self.alarm(Alarm(partition, verdict, reason))

    def trouble(self, place: str, reason: str) -> None:
        """What hinders a log at `place`; "" when it is over. Said once for as long as it lasts."""
        if reason and place not in self._troubles:
            log.warning("a log is in trouble", extra={"place": place, "reason": reason})
        if reason:
            self._troubles[place] = reason
        elif self._troubles.pop(place, None) is not None:
            log.info("a log is well again", extra={"place": place})

    def gather(self, store: LmdbStore, materializer: Materializer, partitions: list[Partition]) -> dict[str, Any]:
        """The answer to a status question: see `client.py` for its shape."""
        waiting = materializer.waiting()
        forsaken = (partition.author.forsaken for partition in partitions if partition.author.forsaken)
        unconfirmed, gauges = self.witness()
        waits = (alarm.reason for alarm in waiting.values())
        hindrance = unconfirmed or self.hindrance or next(waits, "") or next(forsaken, "")
        progress, evidence = self.progress(), self.evidence()
        return {
            "ready": not hindrance,
            "reason": f"{hindrance} ({progress})" if hindrance and progress else hindrance,
            "troubles": dict(sorted({**self._troubles, **_by_place(evidence)}.items())),
            "counters": {f"alarms_{kind.replace(' ', '_')}": count for kind, count in sorted(self.alarms.items())},
            "figures": [*self._figures(materializer, partitions)],
            "peers": self.peers(),
            "kafka": self.kafka.told(),
            "gauges": {
                **self.limits,
                **self.exposure(),
                "state_bytes": float(store.size()),
                "waiting_partitions": float(len(waiting)),
                "log_troubles": float(len(self._troubles)),
                "alias_conflicts": float(self.alias_conflicts),
                **gauges,
                "evidence": float(len(evidence)),
                "overtaken_changes": float(self.overtaken_changes),
                **self.scrub(),
                **self.erasure(),
                **self.recovery(),
            },
        }

    def _figures(self, materializer: Materializer, partitions: list[Partition]) -> Iterator[Sample]:
        for partition in partitions:
            yield from _of_partition(materializer.head(partition.number), partition)
        yield from self.passages()


def _of_partition(head: PartitionHead, partition: Partition) -> Iterator[Sample]:
    number = str(partition.number)
    yield Sample("records_appended", (number,), partition.author.appended)
    yield Sample("records_applied", (number,), head.head.sequence)
    yield Sample("records_shared", (number,), head.shared.sequence)
    yield Sample("records_published", (number,), partition.publisher.published)
    for peer in {mirror.place[0] for mirror in partition.mirrors} | set(head.adopted):
        yield Sample("records_adopted", (number, peer), head.adopted.get(peer, EMPTY_HEAD).sequence)


def _by_place(evidence: Mapping[str, str]) -> dict[str, str]:
    """As troubles: the peer is not to be trusted before people have looked."""
    return {f"{EVIDENCE} {peer}": f"{what}; see keytide checkpoints" for peer, what in evidence.items()}


def with_lease(told: dict[str, Any], seconds: float, hindrance: str) -> dict[str, Any]:
    """The same with the node's lease: a node without one is not ready. `seconds`: how long it lasts, infinite alone."""
    gauges = {**told["gauges"], "serving_lease": 0.0 if hindrance else 1.0}
    if seconds != float("inf"):
        gauges["serving_lease_seconds"] = seconds
    reason = told["reason"] or hindrance
    return {**told, "ready": not reason, "reason": reason, "gauges": gauges}
