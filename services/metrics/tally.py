"""Figures of one process while they are counted: plain numbers in dictionaries, without locks.

Owns counting and its form on the way to whoever is asked. Only one thread of a process may count in a tally.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from services.metrics.family import Sample


class Counts:
    """One counter, by the values of its labels."""

    def __init__(self, family: str) -> None:
        self._family = family
        self._counts: dict[tuple[str, ...], int] = {}

    def note(self, *labels: str) -> None:
        self._counts[labels] = self._counts.get(labels, 0) + 1

    def samples(self) -> Iterator[Sample]:
        return (Sample(self._family, labels, count) for labels, count in self._counts.items())


class Durations:
    """One histogram, by the values of its labels. `bounds`: those of its family's row."""

    def __init__(self, family: str, bounds: Sequence[float]) -> None:
        self._family, self._bounds = family, bounds
        self._buckets: dict[tuple[str, ...], list[float]] = {}

    def begin(self, *labels: str) -> list[float]:
        """Tell the series from now on, as empty where nothing is noted."""
        return self._buckets.setdefault(labels, [0.0] * (len(self._bounds) + 2))

    def note(self, seconds: float, *labels: str) -> None:
        buckets = self._buckets.get(labels) or self.begin(*labels)
        buckets[bisect_left(self._bounds, seconds)] += 1
        buckets[-1] += seconds

    def samples(self) -> Iterator[Sample]:
        return (Sample(self._family, labels, tuple(buckets)) for labels, buckets in self._buckets.items())
