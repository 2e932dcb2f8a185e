"""What shared records take on their way: from their author to the shared log, and from there into this region's state.

Owns both delays, counted from the author's time of the record, which is its own region's clock.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from replication.mirror_ends import Passage
from replication.record import decode_envelope
from services.metrics.family import Sample
from services.metrics.record_families import DELAY_SECONDS
from services.metrics.tally import Durations


class Passages:
    """Of one replicator. `now` gives integer milliseconds since 1970."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._publications = Durations("publication_delay_seconds", DELAY_SECONDS)
        self._adoptions = Durations("adoption_delay_seconds", DELAY_SECONDS)

    def published(self, signed: Sequence[bytes]) -> None:
        """These records stand in the shared log now."""
        now = self._now()
        for each in signed:
            self._publications.note(_seconds(now - decode_envelope(each).time))

    def adopting(self, peer: str) -> Callable[[Passage], None]:
        """What to tell of a record of `peer` that has been adopted."""
        return partial(self._adopted, peer)

    def samples(self) -> Iterator[Sample]:
        yield from self._publications.samples()
        yield from self._adoptions.samples()

    def _adopted(self, peer: str, passage: Passage) -> None:
        self._adoptions.note(_seconds(passage.applied - passage.record.envelope.time), peer)


def _seconds(milliseconds: int) -> float:
    """A delay between two clocks is not negative."""
    return max(0, milliseconds) / 1000
