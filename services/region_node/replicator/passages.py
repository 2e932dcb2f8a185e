"""What shared records take on their way: from their author to the shared log, and from there into this region's state.

Owns both delays, and the spans of both ways. They are counted from the author's time of the record, which is its own
region's clock.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from replication.records.record import decode_envelope, record_hash
from replication.sharing.mirror_ends import Passage
from replication.writing.author import PartitionAuthor
from services.metrics.family import Sample
from services.metrics.record_families import DELAY_SECONDS
from services.metrics.tally import Durations

if TYPE_CHECKING:
    from services.tracing.tracing import Tracing


class Passages:
    """Of one replicator. `now` gives integer milliseconds since 1970. `tracing` None: nothing is traced."""

    def __init__(self, now: Callable[[], int], tracing: "Tracing | None" = None) -> None:
        self._now, self._tracing = now, tracing
        self._publications = Durations("publication_delay_seconds", DELAY_SECONDS)
        self._publications.begin()
        self._adoptions = Durations("adoption_delay_seconds", DELAY_SECONDS)

    def author(self, *given: Any) -> PartitionAuthor:
        """Of one partition."""
        if self._tracing is None:
            return PartitionAuthor(*given)
        from services.region_node.traced.author import TracedAuthor

        return TracedAuthor(self._tracing.requests, *given)

    def go_on(self, carried: Sequence[str]) -> None:
        """The task goes on in the trace that a worker has handed over."""
        if self._tracing is not None:
            from services.region_node.traced.carried import go_on

            go_on(carried)

    def close(self) -> None:
        if self._tracing is not None:
            self._tracing.close()

    def published(self, signed: Sequence[bytes]) -> None:
        """These records stand in the shared log now."""
        now = self._now()
        for each in signed:
            envelope = decode_envelope(each)
            self._publications.note(_seconds(now - envelope.time))
            if self._tracing is not None:
                self._tracing.records.published(record_hash(each), envelope, now)

    def adopting(self, peer: str) -> Callable[[Passage], None]:
        """What to tell of a record of `peer` that has been adopted."""
        self._adoptions.begin(peer)
        return partial(self._adopted, peer)

    def samples(self) -> Iterator[Sample]:
        yield from self._publications.samples()
        yield from self._adoptions.samples()
        if self._tracing is not None:
            yield from self._tracing.samples()

    def _adopted(self, peer: str, passage: Passage) -> None:
        self._adoptions.note(_seconds(passage.applied - passage.record.envelope.time), peer)
        if self._tracing is not None:
            self._tracing.records.adopted(peer, passage)


def _seconds(milliseconds: int) -> float:
    """A delay between two clocks is not negative."""
    return max(0, milliseconds) / 1000
