"""What a worker opened last, so that it need not be opened again."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from shared.policy.remembered import Kept

Opened = TypeVar("Opened")


class OpenedLately(Generic[Opened]):
    """At most `size` opened things: those that were used last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._opened: OrderedDict[Hashable, Opened] = OrderedDict()
        self._hits = self._misses = 0

    def find(self, name: Hashable) -> Opened | None:
        opened = self._opened.get(name)
        if opened is None:
            self._misses += 1
        else:
            self._hits += 1
            self._opened.move_to_end(name)
        return opened

    def kept(self) -> Kept:
        return Kept(self._hits, self._misses, len(self._opened))

    def clear(self) -> None:
        self._opened.clear()

    def keep(self, name: Hashable, opened: Opened) -> None:
        self._opened[name] = opened
        if len(self._opened) > self._size:
            self._opened.popitem(last=False)
