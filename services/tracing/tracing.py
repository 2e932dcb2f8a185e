"""The tracers of one process, and what their spans have in common.

Owns the sampling. A request's trace is sampled as its client says, where it sends a `traceparent`; else a share is. A
record's trace is sampled by its own id, whoever begins a span in it: so every region decides alike.
"""

from collections.abc import Iterator

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import Tracer

from services.metrics.family import Sample
from services.tracing.leaving import WAITING_MOST, Leaving
from services.tracing.record_spans import RecordSpans
from services.tracing.record_trace import RecordIds
from services.tracing.settings import Chosen

SCOPE = "keytide"


class Tracing:
    """Of the process `process` of a node. `most`: spans that may wait to be posted."""

    def __init__(self, chosen: Chosen, region: str, node: str, process: str, most: int = WAITING_MOST) -> None:
        self._process = process
        self._leaving = Leaving(chosen.url, most)
        self._resource = Resource.create(
            {
                "service.name": chosen.service_name,
                "service.instance.id": f"{region}/{node}/{process}",
                "cloud.region": region,
            }
        )
        share, ids = TraceIdRatioBased(chosen.sample_share), RecordIds()
        self.requests = self._tracer(ParentBased(share), None)
        self.records = RecordSpans(self._tracer(share, ids), ids)

    def samples(self) -> Iterator[Sample]:
        return self._leaving.samples(self._process)

    def flush(self) -> None:
        """Post what waits, now, in this thread."""
        self._leaving.force_flush()

    def close(self) -> None:
        """Post what waits; it takes some seconds at most."""
        self._leaving.shutdown()

    def _tracer(self, sampler: Sampler, ids: RecordIds | None) -> Tracer:
        provider = TracerProvider(sampler, self._resource, shutdown_on_exit=False, id_generator=ids)
        provider.add_span_processor(self._leaving)
        return provider.get_tracer(SCOPE)
