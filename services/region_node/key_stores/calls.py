"""How calls to machines outside the region end, and how long they take.

Owns these two figures of a worker, by the kind of key store.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from services.metrics.family import Sample
from services.metrics.request_families import LATENCY_SECONDS
from services.metrics.tally import Counts, Durations


class Calls:
    """Of one worker."""

    def __init__(self) -> None:
        self._ended = Counts("key_store_calls")
        self._seconds = Durations("key_store_call_seconds", LATENCY_SECONDS)

    @contextmanager
    def to(self, kind: str) -> Iterator[None]:
        """One call to a key store of this kind. Its outcome is `OK`, or the error's class."""
        started, outcome = time.perf_counter(), "OK"
        try:
            yield
        except BaseException as failed:
            outcome = type(failed).__name__
            raise
        finally:
            self._ended.note(kind, outcome)
            self._seconds.note(time.perf_counter() - started, kind)

    def samples(self) -> Iterator[Sample]:
        yield from self._ended.samples()
        yield from self._seconds.samples()
