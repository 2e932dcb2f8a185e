"""What has been worked out before, within a bound.

Owns the forgetting: two generations, of which the older is dropped when the younger is full, so that what is in use
stays and a look-up costs one access. Nothing is ever stale here: a key says all that its value follows from.
"""

from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(NamedTuple):
    """How a memory does: look-ups that found something, those that did not, and what is kept at the moment, or None
    where that is not counted."""

    hits: int
    misses: int
    entries: int | None = None


class Remembered(Generic[Key, Value]):
    """`maximum`: the weight of one generation, in the units that `put` is told; at most twice as much is held."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._weight = 0
        self._young: dict[Key, tuple[Value, int]] = {}
        self._old: dict[Key, tuple[Value, int]] = {}
        self._hits = self._misses = 0

    def get(self, key: Key) -> Value | None:
        found = self._young.get(key)
        if found is not None:
            self._hits += 1
            return found[0]
        old = self._old.get(key)
        if old is None:
            self._misses += 1
            return None
        self._hits += 1
        self.put(key, *old)
        return old[0]

    def put(self, key: Key, value: Value, weight: int) -> None:
        if self._weight + weight > self._maximum:
            self._old, self._young, self._weight = self._young, {}, 0
        self._young[key] = (value, weight)
        self._weight += weight

    def kept(self) -> Kept:
        return Kept(self._hits, self._misses, len(self._young) + len(self._old))
