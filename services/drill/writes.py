"""Which acknowledged changes have been lost: told from what clients wrote and what is found in the end.

Owns the rule. Each subject takes values in an order, no two of them alike; what is found shows that every change up to
it has taken effect. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from services.drill.calls import Kind


class Write(NamedTuple):
    """`region`: which was asked. `acknowledged`: the moment, or None where the outcome is unknown."""

    subject: str
    region: str
    kind: Kind
    value: str
    acknowledged: float | None


def lost_writes(writes: Iterable[Write], found: Mapping[str, str]) -> list[Write]:
    """The acknowledged ones that are not there, in the order of `writes`, which is that of each subject.

    `found`: by subject; a subject that is not in it is not there at all.
    """
    by_subject: dict[str, list[Write]] = {}
    for write in writes:
        by_subject.setdefault(write.subject, []).append(write)
    return [one for subject, its in by_subject.items() for one in _after(its, found.get(subject))]


def recovery_point(missing: Iterable[Write], fault: float) -> float:
    """Seconds before the fault from which on acknowledged changes are missing; 0 where none of before it is."""
    moments = [write.acknowledged for write in missing if write.acknowledged is not None]
    return max((fault - moment for moment in moments if moment <= fault), default=0.0)


def _after(writes: Sequence[Write], found: str | None) -> Iterator[Write]:
    shown = max((place for place, write in enumerate(writes) if write.value == found), default=-1)
    return (write for write in writes[shown + 1 :] if write.acknowledged is not None)
