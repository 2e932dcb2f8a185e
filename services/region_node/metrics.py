"""What the workers of a node count, and what Prometheus is told of the whole node.

Owns the figures of requests, plain Python numbers that cost a request next to nothing, and the collection of all
figures: each worker, and the auditor, writes its own into one file once a second, and whichever worker is asked reads
them all, and asks the replicator for its own. Series of workers carry their number, so that a restarted worker begins
its own series anew, as Prometheus expects.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from services.audit.auditor_figures import auditor_samples, read_figures
from services.clock import now_milliseconds
from services.durable_file import replace_file
from services.metrics.exposition import expose
from services.metrics.families import FAMILIES
from services.metrics.family import Sample
from services.metrics.request_families import LATENCY_SECONDS
from services.metrics.tally import Counts, Durations
from services.region_node.replicator.client import ToldStatus
from services.region_node.replicator.samples import replicator_samples

SUCCESS, WORKER = "OK", "worker"


class RequestCounts:
    """Requests of this worker by operation and error code, and their latencies by operation."""

    def __init__(self) -> None:
        self._requests = Counts("requests")
        self._latencies = Durations("request_seconds", LATENCY_SECONDS)

    def note(self, operation: str, code: str, seconds: float) -> None:
        """One answered request; `code` is "" for success."""
        self._requests.note(operation, code or SUCCESS)
        self._latencies.note(seconds, operation)

    def samples(self) -> Iterator[Sample]:
        yield from self._requests.samples()
        yield from self._latencies.samples()


class CountsDirectory:
    """Where the workers' figures meet: `worker-<number>.json`, each written whole or not at all."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, worker: int, samples: Iterable[Sample]) -> None:
        replace_file(self._directory / f"worker-{worker}.json", orjson.dumps([*samples], default=tuple), durable=False)

    def read(self) -> Mapping[str, Any]:
        """What was written, by worker's number."""
        paths = sorted(self._directory.glob("worker-*.json"))
        return {path.stem.removeprefix("worker-"): orjson.loads(path.read_bytes()) for path in paths}

    def read_auditor(self) -> Mapping[str, float]:
        """The figures of the node's auditor."""
        return read_figures(self._directory, now_milliseconds())


def render(
    region: str, workers: Mapping[str, Any], status: ToldStatus | None, auditor: Mapping[str, float] = {}
) -> bytes:
    """The exposition text (Prometheus, version 0.0.4). `status` None: the replicator does not answer."""
    return expose(
        (*_worker_samples(workers), *replicator_samples(status), *auditor_samples(auditor)), {"region": region}
    )


def _worker_samples(workers: Mapping[str, Any]) -> Iterator[Sample]:
    for worker, samples in workers.items():
        for family, labels, value in samples:
            of_worker = FAMILIES[family].labels[:1] == (WORKER,) if family in FAMILIES else False
            yield Sample(family, (worker, *labels) if of_worker else tuple(labels), value)
