"""From samples to the text that Prometheus reads.

Owns the exposition (Prometheus text format, version 0.0.4; `prometheus_client` writes it).
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from services.metrics.families import FAMILIES
from services.metrics.family import PREFIX, Family, Kind, Sample

_METRICS: Mapping[Kind, type[Any]] = {
    Kind.COUNTER: CounterMetricFamily,
    Kind.GAUGE: GaugeMetricFamily,
    Kind.HISTOGRAM: HistogramMetricFamily,
}


def expose(samples: Iterable[Sample], common: Mapping[str, str]) -> bytes:
    """The text, in the order of the table. `common`: labels that every sample gets besides its own.

    A sample without a row in the table is not told.
    """
    found: dict[str, list[Sample]] = {name: [] for name in FAMILIES}
    for sample in samples:
        found.get(sample.family, []).append(sample)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures([_metric(FAMILIES[name], told, common) for name, told in found.items() if told]))
    return generate_latest(registry)


class _Figures(Collector):
    """Metrics that are ready made."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _metric(family: Family, samples: Iterable[Sample], common: Mapping[str, str]) -> Metric:
    labels = (*family.labels, *common)
    metric: Any = _METRICS[family.kind](PREFIX + family.name, family.help, labels=labels)
    for sample in samples:
        values = (*sample.labels, *common.values())
        if isinstance(sample.value, Sequence):
            metric.add_metric(values, _buckets(family.bounds, sample.value[:-1]), sample.value[-1])
        else:
            metric.add_metric(values, sample.value)
    made: Metric = metric
    return made


def _buckets(bounds: Sequence[float], counts: Sequence[float]) -> list[tuple[str, float]]:
    """Prometheus counts cumulatively."""
    return list(zip((*map(str, bounds), "+Inf"), accumulate(counts), strict=True))
