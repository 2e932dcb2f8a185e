"""What is to be done next so that what was destroyed is erased: pure decisions on one bucket.

Owns when a bucket advances and when what it has left behind may go. Times are integer milliseconds.
"""

from collections.abc import Iterable

from shared.erasure.model import Domain

MINUTE, DAY = 60_000, 86_400_000


def advance_is_due(domain: Domain, now: int, interval: int, *, at_once: bool = False) -> bool:
    """Whether a bucket in which something was destroyed is to open its next epoch.

    An operator who will not wait has it `at_once`.
    """
    return at_once or now - domain.opened_at >= interval


def advances_at(domain: Domain, interval: int) -> int:
    """The earliest time of the next epoch."""
    return domain.opened_at + interval if domain.opened_at else 0


def asks_again_after(times: int) -> int:
    """How long a region waits that has asked so many times for what it lacks: doubling, up to a day.

    A primary that lost the same answers at once, with nothing.
    """
    return int(min(DAY, MINUTE << min(times, 32)))


def may_close(domain: Domain) -> bool:
    """Whether there are earlier epochs that no record has closed yet."""
    return domain.closed < domain.epoch - 1


def to_destroy(domain: Domain, held: Iterable[int]) -> tuple[int, ...]:
    """Of the epochs whose keys are `held`, those that nothing rests on any more."""
    return tuple(sorted(epoch for epoch in held if epoch <= domain.closed))
