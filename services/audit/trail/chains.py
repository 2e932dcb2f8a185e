"""The chains of a trail while frames arrive: what a frame is to its chain, and the heads that follow.

Owns that decision. Nothing is written here; see `writer.py`.
"""

from enum import StrEnum
from typing import NamedTuple

from shared.audit.frame import BrokenChain, ChainHead, Frame, follow

NO_ORIGIN = -1


class Standing(StrEnum):
    """What a frame is to its chain."""

    NEXT = "next"
    SEEN = "seen"
    """All of it lies at or below the head: the same again, or a fork."""
    AHEAD = "ahead"
    """Frames before it have not come."""
    FORK = "fork"
    """It contradicts what is there: it begins within, or rests on something else."""
    BROKEN = "broken"
    """An entry is not what its leaf says: it was changed."""


class Chain(NamedTuple):
    """`number`: by which rows of the segment name it. `passed`: frames of it may have expired from the audit log.
    `origin`: the number of the record that its last entry is derived from, NO_ORIGIN where it is of none."""

    number: int
    head: ChainHead
    passed: bool = False
    origin: int = NO_ORIGIN


def standing(head: ChainHead, frame: Frame) -> tuple[Standing, ChainHead]:
    """What the frame is, and the head after it: of the next one that of the frame, otherwise as it was."""
    if frame.first > head.number + 1:
        return Standing.AHEAD, head
    if frame.first <= head.number:
        return (Standing.SEEN if frame.last <= head.number else Standing.FORK), head
    if frame.previous != head.digest:
        return Standing.FORK, head
    try:
        return Standing.NEXT, follow(head, frame)
    except BrokenChain:
        return Standing.BROKEN, head


def head_before(frame: Frame) -> ChainHead:
    """The head that the frame rests on, believed from itself: what it is where frames before it are lost."""
    return ChainHead(frame.first - 1, frame.previous)
