"""What the workers of a region count, and what Prometheus is told.

Owns the figures of this process, plain Python numbers that cost a request next to nothing, and the collection of all
workers' figures: each worker writes its own into one file once a second, and whichever is asked reads them all. Series
carry the worker's number, so that a restarted worker begins its own series anew, as Prometheus expects.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from services.audit.auditor_figures import auditor_metrics, read_figures
from services.durable_file import replace_file
from services.region_node.audit_metrics import audit_metrics
from services.region_node.kafka_metrics import kafka_metrics
from services.region_node.replicator_client import ReplicatorStatus

BOUNDS_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
SUCCESS = "OK"


class RequestCounts:
    """Requests of this worker by operation and error code, and their latencies by operation."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, str], int] = {}
        self._latencies: dict[str, list[float]] = {}
        self.audit: Callable[[], Mapping[str, float]] = dict
        """The figures of the worker's audit spool, where it has one."""

    def note(self, operation: str, code: str, seconds: float) -> None:
        """One answered request; `code` is "" for success."""
        named = (operation, code)
        self._requests[named] = self._requests.get(named, 0) + 1
        latency = self._latencies.get(operation)
        if latency is None:
            latency = self._latencies[operation] = [0.0] * (len(BOUNDS_SECONDS) + 2)
        latency[bisect_left(BOUNDS_SECONDS, seconds)] += 1
        latency[-1] += seconds

    def encode(self) -> bytes:
        """As JSON: requests as [operation, code, count], latencies by bucket and, last, their sum; the audit's."""
        requests = [[operation, code, count] for (operation, code), count in self._requests.items()]
        return orjson.dumps({"requests": requests, "latencies": self._latencies, "audit": self.audit()})


class CountsDirectory:
    """Where the workers' figures meet: `worker-<number>.json`, each written whole or not at all."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, worker: int, counts: RequestCounts) -> None:
        replace_file(self._directory / f"worker-{worker}.json", counts.encode(), durable=False)

    def read(self) -> dict[str, Any]:
        """Figures by worker's number."""
        paths = sorted(self._directory.glob("worker-*.json"))
        return {path.stem.removeprefix("worker-"): orjson.loads(path.read_bytes()) for path in paths}

    def read_auditor(self) -> Mapping[str, float]:
        """The figures of the node's auditor."""
        return read_figures(self._directory)


def render(
    region: str, workers: dict[str, Any], status: ReplicatorStatus | None, auditor: Mapping[str, float] = {}
) -> bytes:
    """The exposition text (Prometheus, version 0.0.4). `status` None: the replicator does not answer."""
    registry = CollectorRegistry(auto_describe=False)
    told = [*_worker_metrics(workers), *_replicator_metrics(status), *auditor_metrics(auditor)]
    registry.register(_Figures(told, region))
    return generate_latest(registry)


class _Figures(Collector):
    """Metrics that are ready made, each sample with the region's name."""

    def __init__(self, metrics: Iterable[Metric], region: str) -> None:
        self._metrics = list(metrics)
        for metric in self._metrics:
            for sample in metric.samples:
                sample.labels["region"] = region

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _worker_metrics(workers: dict[str, Any]) -> Iterator[Metric]:
    requests = CounterMetricFamily("keytide_requests", "Answered requests.", labels=("worker", "operation", "code"))
    latencies = HistogramMetricFamily(
        "keytide_request_seconds", "From the whole request to its answer.", labels=("worker", "operation")
    )
    for worker, figures in workers.items():
        for operation, code, count in figures["requests"]:
            requests.add_metric((worker, operation, code or SUCCESS), count)
        for operation, latency in figures["latencies"].items():
            latencies.add_metric((worker, operation), _buckets(latency[:-1]), latency[-1])
    yield from (requests, latencies)
    yield from audit_metrics({worker: figures.get("audit", {}) for worker, figures in workers.items()})


def _buckets(counts: list[float]) -> list[tuple[str, float]]:
    """Prometheus counts cumulatively."""
    total = 0.0
    buckets = []
    for bound, count in zip((*map(str, BOUNDS_SECONDS), "+Inf"), counts, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets


def _replicator_metrics(status: ReplicatorStatus | None) -> Iterator[Metric]:
    yield GaugeMetricFamily("keytide_replicator_up", "Whether the replicator answers.", value=float(status is not None))
    if status is None:
        return
    yield GaugeMetricFamily("keytide_ready", "Whether the region is ready.", value=float(status.ready))
    for name, count in status.counters.items():
        yield CounterMetricFamily(f"keytide_{_safe(name)}", "Counted by the replicator.", value=count)
    for name, value in status.gauges.items():
        yield GaugeMetricFamily(f"keytide_{_safe(name)}", "Measured by the replicator.", value=value)
    yield from _peer_metrics(status.peers)
    yield from kafka_metrics(status.kafka)
    figures = {name for partition in status.partitions.values() for name in partition}
    for name in sorted(figures):
        family = GaugeMetricFamily(f"keytide_partition_{_safe(name)}", "By partition.", labels=("partition",))
        for partition, values in status.partitions.items():
            if name in values:
                family.add_metric((str(partition),), values[name])
        yield family


def _peer_metrics(peers: Mapping[str, Mapping[str, float]]) -> Iterator[Metric]:
    for name in sorted({name for told in peers.values() for name in told}):
        family = GaugeMetricFamily(f"keytide_peer_{_safe(name)}", "By peer.", labels=("peer",))
        for peer, told in peers.items():
            if name in told:
                family.add_metric((peer,), told[name])
        yield family


def _safe(name: str) -> str:
    """`name` as a metric may be called."""
    return "".join(character if character.isalnum() else "_" for character in name)
