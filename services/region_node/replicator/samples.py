"""What Prometheus is told of the replicator, made of its status.

Owns which family each figure of a status belongs to.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from services.metrics.family import Sample
from services.region_node.replicator.client import ToldStatus

ALARM = "alarms_"
ALARMS = tuple(f"{ALARM}{kind}" for kind in ("rejected", "gap", "ahead", "fork", "reordered", "frozen", "overreach"))
"""Told from the start, as 0: Prometheus sees no increase from nothing to the first."""


def replicator_samples(status: ToldStatus | None) -> Iterator[Sample]:
    """`status` None: the replicator does not answer."""
    yield Sample("replicator_up", (), float(status is not None))
    if status is None:
        return
    yield Sample("ready", (), float(status.ready))
    alarms = {**dict.fromkeys(ALARMS, 0), **status.counters}
    yield from (Sample("alarms", (name.removeprefix(ALARM),), count) for name, count in alarms.items())
    yield from (Sample(family, tuple(labels), value) for family, labels, value in status.figures)
    yield from (Sample(name, (), value) for name, value in status.gauges.items())
    for peer, told in status.peers.items():
        yield from (Sample(f"peer_{name}", (peer,), value) for name, value in told.items())
    yield from _of_kafka(status.kafka)


def _of_kafka(told: Mapping[str, Any]) -> Iterator[Sample]:
    """Nothing where no log is on Kafka."""
    for log, figures in told.get("logs", {}).items():
        yield from (Sample(f"kafka_{name}", (log,), value) for name, value in figures.items())
    yield from (Sample("kafka_broker_up", (broker,), is_there) for broker, is_there in told.get("brokers", {}).items())
