"""Handing on over the feed: a peer asks for the records of any region that this one has adopted.

Owns both ends of the question. What is answered is believed for its author's signature alone; the carrier can withhold
records, and nothing else.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from replication.feed.feed import (
    ANSWER_BYTES,
    LIMIT_MOST,
    REGION_CHARACTERS_MOST,
    UNKNOWN_QUESTION,
    Answering,
    PeerFeed,
    require_as_many,
)
from replication.log.event_log import Entry, LogUnavailable
from replication.sharing.handed_on import HandedOn

QUESTION: Final = "handed on"


class _Asked(NamedTuple):
    partitions: int
    region: str
    partition: int
    start: int
    limit: int


def handing_on(handed_on: HandedOn, partitions: int) -> Answering:
    """Answers ["handed on", partitions, region, partition, first number, limit] from what the region has adopted."""

    async def answer(question: Sequence[Any]) -> Sequence[Entry]:
        asked = _understood(question)
        if asked is None:
            raise LogUnavailable(UNKNOWN_QUESTION)
        require_as_many(partitions, asked.partitions)
        limit = min(asked.limit, LIMIT_MOST)
        return await handed_on.read(asked.region, asked.partition, asked.start, limit, ANSWER_BYTES)

    return answer


def _understood(question: Sequence[Any]) -> _Asked | None:
    """None for values that were never meant to be asked."""
    if [type(value) for value in question[1:]] != [int, str, int, int, int]:
        return None
    asked = _Asked(*question[1:])
    is_place = 0 <= asked.partition < asked.partitions and 0 < asked.start < 1 << 63 and asked.limit > 0
    return asked if is_place and len(asked.region) <= REGION_CHARACTERS_MOST else None


class FeedHandedOn:
    """What a peer has adopted of other regions, over its feed."""

    def __init__(self, feed: PeerFeed, partitions: int) -> None:
        self._feed, self._partitions = feed, partitions

    async def read(self, region: str, partition: int, start: int) -> Sequence[Entry]:
        """Records of `region` from number `start` on, record n at position n - 1; none where the peer has none.

        Errors: as those of `FeedLog.read`.
        """
        question = (QUESTION, self._partitions, region, partition, start, LIMIT_MOST)
        return await self._feed.ask(question, start - 1, 0)
