"""Everything that one worker tells Prometheus.

Owns which parts of a worker have figures, and under which names its caches go.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from services.metrics.family import Sample
from services.region_node.metrics import RequestCounts
from services.region_node.worker.region import Region
from services.region_node.worker.threads import WorkThreads
from shared.policy import compiled, program
from shared.policy.ready import VERDICTS
from shared.policy.remembered import Kept


class WorkerFigures(NamedTuple):
    """The parts that count."""

    requests: RequestCounts
    region: Region
    threads: WorkThreads
    traces: Callable[[], Iterator[Sample]]
    audit: Callable[[], Iterator[Sample]] = lambda: iter(())

    def samples(self) -> Iterator[Sample]:
        yield from self.requests.samples()
        if self.region.throttle is not None:
            yield from self.region.throttle.refused.samples()
        for cache, kept in self._caches().items():
            yield from _of_cache(cache, kept)
        rows, derived = self.region.served.kept()
        yield Sample("cache_entries", ("state_rows",), rows)
        yield Sample("cache_entries", ("state_derived",), derived)
        for lane, busy in self.threads.figures().items():
            yield Sample("work_waiting", (lane,), busy.waiting)
            yield Sample("work_refused", (lane,), busy.refused)
        yield from self.region.key_stores.calls.samples()
        yield from self.traces()
        yield from self.audit()

    def _caches(self) -> Mapping[str, Kept]:
        return {
            **self.region.vault.kept(),
            **self.region.authenticator.kept(),
            "policies": compiled.kept(),
            "programs": program.kept(),
            "verdicts": VERDICTS.kept(),
        }


def _of_cache(cache: str, kept: Kept) -> Iterator[Sample]:
    yield Sample("cache_hits", (cache,), kept.hits)
    yield Sample("cache_misses", (cache,), kept.misses)
    if kept.entries is not None:
        yield Sample("cache_entries", (cache,), kept.entries)
