"""What a worker opened last, so that it need not be opened again."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Opened = TypeVar("Opened")


class Remembered(Generic[Opened]):
    """At most `size` opened things: those that were used last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._opened: OrderedDict[Hashable, Opened] = OrderedDict()

    def find(self, name: Hashable) -> Opened | None:
        opened = self._opened.get(name)
        if opened is not None:
            self._opened.move_to_end(name)
        return opened

    def clear(self) -> None:
        self._opened.clear()

    def keep(self, name: Hashable, opened: Opened) -> None:
        self._opened[name] = opened
        if len(self._opened) > self._size:
            self._opened.popitem(last=False)
