"""What Prometheus is told of the logs on Kafka and of their brokers.

Owns the names of these series; the figures are `KafkaWatch`'s.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

GAUGES: Final[Mapping[str, str]] = {
    "reachable": "Whether a broker answers for the log.",
    "lag": "Positions of the log that have not been read yet.",
    "last_append_timestamp_seconds": "When an append was last acknowledged; absent: not since the start.",
    "leaderless_partitions": "Partitions that nobody leads.",
    "under_replicated_partitions": "Partitions with fewer replicas in sync than they have.",
}
COUNTERS: Final[Mapping[str, str]] = {
    "retries": "Questions to brokers that had to be asked again.",
    "unknown_appends": "Appends whose outcome only the log could tell.",
}


def kafka_metrics(told: Mapping[str, Any]) -> Iterator[Metric]:
    """Nothing where no log is on Kafka."""
    logs, brokers = told.get("logs", {}), told.get("brokers", {})
    if not logs:
        return
    for kind, families in ((GaugeMetricFamily, GAUGES), (CounterMetricFamily, COUNTERS)):
        for name, meaning in families.items():
            family = kind(f"keytide_kafka_{name}", meaning, labels=("log",))
            for log, figures in logs.items():
                if name in figures:
                    family.add_metric((log,), figures[name])
            yield family
    up = GaugeMetricFamily("keytide_kafka_broker_up", "Whether the broker is in its cluster.", labels=("broker",))
    for broker, is_there in brokers.items():
        up.add_metric((broker,), is_there)
    yield up
