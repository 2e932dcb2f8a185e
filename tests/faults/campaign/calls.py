"""What clients have asked and heard: every call with its times, what it would write or has seen, and its outcome.

Owns the record of calls. Times are seconds of this machine's monotonic clock.
"""

import itertools
from collections.abc import Hashable, Iterator
from typing import NamedTuple

from services.drill.calls import Outcome


class Register(NamedTuple):
    """One value that a region keeps: a member of a key, or the target of an alias."""

    region: str
    subject: str
    member: str


class Call(NamedTuple):
    """One call with all its retries. `name` is its own: it stands in the record of what the call has changed.

    `wrote`: what it sets if it takes effect; `saw`: what its answer tells. `steady`: it is cryptography under a key
    that nobody disables, which every region is to carry out at any time.
    """

    name: str
    region: str
    operation: str
    began: float
    ended: float
    outcome: Outcome
    code: str = ""
    wrote: tuple[Register, Hashable] | None = None
    saw: tuple[tuple[Register, Hashable], ...] = ()
    steady: bool = False
    node: int = 1
    """Which node of its region it was asked."""


def number_of(name: str) -> int:
    """Later calls have greater ones; 0 for what is no call's name."""
    number = name.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


class Calls:
    """All that were made, from any thread."""

    def __init__(self, campaign: str) -> None:
        self._campaign = campaign
        self._numbers = itertools.count(1)
        self._made: list[Call] = []

    def name(self) -> str:
        """For the next call: no other has it."""
        return f"{self._campaign}/{next(self._numbers)}"

    def add(self, call: Call) -> None:
        self._made.append(call)

    def __iter__(self) -> Iterator[Call]:
        return iter(tuple(self._made))
