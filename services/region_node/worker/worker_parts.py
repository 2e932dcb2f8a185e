"""The parts of a worker that are of one kind where it traces, and of another where it does not.

Owns the choice. Where nothing is traced, no part asks whether it is.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from services.metrics.family import Sample
from services.region_node.decisions.noting import Decisions
from services.region_node.metrics import RequestCounts
from services.region_node.replicator.client import ReplicatorClient
from services.region_node.requests.arrived import Answering, Arrived
from services.region_node.settings.settings import NodeSettings
from services.region_node.worker.assembling import Parts
from services.tracing.starting import tracing_of


class WorkerParts(NamedTuple):
    """`around` is what answers, around the pipeline's `answer`. `close` it with the worker."""

    replicator: ReplicatorClient
    counts: RequestCounts
    decisions: Decisions
    parts: Parts = Parts()
    around: Callable[[Callable[[Arrived], Answering]], Callable[[Arrived], Answering]] = lambda answer: answer
    trace_samples: Callable[[], Iterator[Sample]] = lambda: iter(())
    close: Callable[[], None] = lambda: None


def worker_parts(settings: NodeSettings, number: int, decisions: Decisions) -> WorkerParts:
    """Of the worker with this number. Errors: SettingsError."""
    tracing = tracing_of(settings, f"worker-{number}")
    if tracing is None:
        return WorkerParts(ReplicatorClient(settings.replicator_socket), RequestCounts(), decisions)
    from services.region_node.traced.worker import traced_worker_parts

    return traced_worker_parts(settings, tracing, decisions)
