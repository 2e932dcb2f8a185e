"""The parts of a worker that traces."""

from functools import partial

from services.region_node.decisions.noting import Decisions
from services.region_node.settings.settings import NodeSettings
from services.region_node.traced.parts import TracedDecisions, TracedReplicatorClient, traced_parts
from services.region_node.traced.requests import TracedCounts, traced_answer
from services.region_node.worker.worker_parts import WorkerParts
from services.tracing.tracing import Tracing


def traced_worker_parts(settings: NodeSettings, tracing: Tracing, decisions: Decisions) -> WorkerParts:
    tracer = tracing.requests
    return WorkerParts(
        TracedReplicatorClient(tracing, settings.replicator_socket),
        TracedCounts(),
        TracedDecisions(tracer, decisions),
        traced_parts(tracer),
        partial(traced_answer, tracer=tracer),
        tracing.samples,
        tracing.close,
    )
