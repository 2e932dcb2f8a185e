"""Where and when a record applies: what every fold is told beside the event.

Owns `Fold`, and the fault of a history that cannot be.
"""

from collections.abc import Mapping

import msgspec


class Fold(msgspec.Struct, frozen=True, gc=False):
    """Where and when a record applies. `region` is the region that folds; `time` the record's, in milliseconds."""

    region: str
    time: int
    origin: str | None = None
    rewrapped: Mapping[str, bytes] = {}


class BrokenHistory(Exception):
    """An event that cannot follow the state before it: a fault of the program that decided it."""
