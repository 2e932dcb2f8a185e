"""Where and when a record applies: what every fold is told beside the event.

Owns `Fold`, and the fault of a history that cannot be.
"""

from collections.abc import Mapping

import msgspec


class Fold(msgspec.Struct, frozen=True, gc=False):
    """Where and when a record applies. `region` is the region that folds; `time` the record's, in milliseconds.

    Of a shared record about a multi-region key, besides: its `number` among what its region has shared, the `key_epoch`
    in which it was decided, who asked for it (in its own region), how far that region had `adopted` the others, and
    `known`: how far each region is known to have adopted each.
    """

    region: str
    time: int
    origin: str | None = None
    rewrapped: Mapping[str, bytes] = {}
    number: int = 0
    key_epoch: tuple[int, str] | None = None
    asked_by: str = ""
    adopted: Mapping[str, int] = {}
    known: Mapping[str, Mapping[str, int]] = {}

    @property
    def author(self) -> str:
        """The region in which it happened."""
        return self.origin or self.region


class BrokenHistory(Exception):
    """An event that cannot follow the state before it: a fault of the program that decided it."""
