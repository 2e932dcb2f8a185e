"""What the checker can find, as values.

Owns the kinds of findings. A finding says where and what; nothing secret stands in it.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple, TypeAlias


class Kind(StrEnum):
    FOREIGN = "foreign"
    """Not this log's: junk, a wrong MAC or signature, or spliced in from elsewhere."""
    MISSING = "missing"
    FORKED = "forked"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    """The log ends before what the state or the shared log has seen of it: cut off, or rolled back."""
    HEAD = "head differs"
    STATE = "state differs"
    SKIPPED = "skipped"
    """The state would go on reading behind records that it has not applied."""
    SHARED = "shared differs"
    UNPUBLISHED = "unpublished"
    ADOPTION = "adoption"
    UNREADABLE = "unreadable"
    """The log's own file or batch is damaged there, so that nothing more of it was read."""


class Finding(NamedTuple):
    log: str
    partition: int
    kind: Kind
    detail: str


class StateSeen(StrEnum):
    """Whether the state could be compared with the logs."""

    COMPARED = "compared"
    ABSENT = "absent"
    """Which is no fault: it is built from the log at the next start."""
    DAMAGED = "damaged"


class Report(NamedTuple):
    """`behind`: applied records that the log has beyond the state, which is no fault: the node will apply them.

    `digests`: of every partition's state, in hex; states of equal digests are equal byte by byte.
    """

    region: str
    partitions: int
    records: int
    behind: int
    findings: tuple[Finding, ...]
    state: StateSeen = StateSeen.COMPARED
    digests: tuple[str, ...] = ()


Tell: TypeAlias = Callable[[Kind, str], None]


def runs(numbers: Iterable[int]) -> Iterator[str]:
    """Rising numbers as they are named to people, what follows without a gap together: `number 3`, `numbers 5 to 9`."""
    first = last = None
    for number in numbers:
        if first is not None and last is not None and number != last + 1:
            yield _named(first, last)
            first = None
        first, last = number if first is None else first, number
    if first is not None and last is not None:
        yield _named(first, last)


def _named(first: int, last: int) -> str:
    return f"number {first}" if first == last else f"numbers {first} to {last}"
