"""What is to be done next so that what was destroyed is erased: pure decisions on one bucket.

Owns when a bucket advances, on how many nodes its next key has to stand before, which key that is, and when what it has
left behind may go. Times are integer milliseconds.
"""

from collections.abc import Iterable
from enum import Enum

from shared.erasure.model import Domain

SECOND, DAY = 1_000, 86_400_000


def advance_is_due(domain: Domain, now: int, interval: int, *, at_once: bool = False) -> bool:
    """Whether a bucket in which something was destroyed is to open its next epoch.

    An operator who will not wait has it `at_once`.
    """
    return at_once or now - domain.opened_at >= interval


class Fate(Enum):
    """What the log says of a key that was made for an epoch."""

    UNDECIDED = "undecided"
    """The epoch is not open yet: whichever key its opening names is its key."""
    TAKEN = "taken"
    DROPPED = "dropped"
    """Another key was taken, or nothing rests on the epoch any more."""


def fate_of(domain: Domain, epoch: int, fingerprint: bytes) -> Fate:
    """Of the key of that fingerprint, made for that epoch. The first EpochOpened in the log's order has decided."""
    if epoch > domain.epoch:
        return Fate.UNDECIDED
    taken = epoch > domain.closed and domain.known_by(epoch) == fingerprint
    return Fate.TAKEN if taken else Fate.DROPPED


MIN_COPIES = 2
"""Nodes of a region that has as many: so that none takes along the only key of what was acknowledged, if it is lost."""


def copies_needed(setting: int | None, nodes: int) -> int:
    """On how many of the region's `nodes` a fresh domain key stands before its epoch opens. None: no setting."""
    return min(MIN_COPIES, nodes) if setting is None else setting


def advances_at(domain: Domain, interval: int) -> int:
    """The earliest time of the next epoch."""
    return domain.opened_at + interval if domain.opened_at else 0


def may_close(domain: Domain) -> bool:
    """Whether there are earlier epochs that no record has closed yet."""
    return domain.closed < domain.epoch - 1


def to_destroy(domain: Domain, held: Iterable[int]) -> tuple[int, ...]:
    """Of the epochs whose keys are `held`, those that nothing rests on any more."""
    return tuple(sorted(epoch for epoch in held if epoch <= domain.closed))
