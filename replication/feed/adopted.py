"""Acknowledgement over the feed: a peer asks to be told as soon as its record has been adopted here.

Owns both ends of the question. The answer is a pulse: what the region says under its own signature of how far it is,
so that no carrier can say it in its place. Where nothing of the kind is asked, pulses come at their own pace.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple

from replication.feed.feed import (
    REGION_CHARACTERS_MOST,
    UNKNOWN_QUESTION,
    WAIT_MOST_SECONDS,
    Answering,
    PeerFeed,
    require_as_many,
)
from replication.log.event_log import Entry, LogUnavailable

QUESTION: Final = "adopted"

Adopted = Callable[[str, int, int, float], Awaitable[bytes | None]]
"""(region, partition, number, seconds) -> the signed pulse of a moment when it was adopted; None: not in that time."""


class _Asked(NamedTuple):
    partitions: int
    region: str
    partition: int
    number: int
    wait: float


def acknowledging(adopted: Adopted, partitions: int) -> Answering:
    """Answers ["adopted", partitions, region, partition, number, wait], with one pulse or with nothing."""

    async def answer(question: Sequence[Any]) -> Sequence[Entry]:
        asked = _understood(question)
        if asked is None:
            raise LogUnavailable(UNKNOWN_QUESTION)
        require_as_many(partitions, asked.partitions)
        seconds = max(0.0, min(asked.wait, WAIT_MOST_SECONDS))
        pulse = await adopted(asked.region, asked.partition, asked.number, seconds)
        return [] if pulse is None else [Entry(0, pulse)]

    return answer


def _understood(question: Sequence[Any]) -> _Asked | None:
    """None for values that were never meant to be asked."""
    if [type(value) for value in question[1:]] not in ([int, str, int, int, int], [int, str, int, int, float]):
        return None
    asked = _Asked(*question[1:])
    is_place = 0 <= asked.partition < asked.partitions and 0 < asked.number < 1 << 63 and math.isfinite(asked.wait)
    return asked if is_place and len(asked.region) <= REGION_CHARACTERS_MOST else None


class FeedAdopted:
    """A peer that acknowledges, over its feed."""

    def __init__(self, feed: PeerFeed, partitions: int) -> None:
        self._feed, self._partitions = feed, partitions

    async def adopted(self, region: str, partition: int, number: int, wait_seconds: float) -> bytes | None:
        """The peer's pulse, once it has adopted record `number` of `region`; None where it has not in that time.

        Errors: those of `FeedLog.read`.
        """
        question = (QUESTION, self._partitions, region, partition, number, wait_seconds)
        entries = await self._feed.ask(question, 0, wait_seconds)
        return entries[0].record if entries else None
