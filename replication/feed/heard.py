"""Pulses at second hand, over the feed: a peer asks for the last pulse that was heard here of a third region.

Owns both ends of the question. The pulse is its author's word, whoever tells it again; an old one means nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from replication.feed.feed import REGION_CHARACTERS_MOST, UNKNOWN_QUESTION, Answering, PeerFeed
from replication.log.event_log import Entry, LogUnavailable

QUESTION: Final = "heard"


def telling_again(heard: Callable[[str], bytes | None]) -> Answering:
    """Answers ["heard", region] with the pulse that `heard` gives, or with nothing."""

    async def answer(question: Sequence[Any]) -> Sequence[Entry]:
        if [type(value) for value in question[1:]] != [str] or len(question[1]) > REGION_CHARACTERS_MOST:
            raise LogUnavailable(UNKNOWN_QUESTION)
        pulse = heard(question[1])
        return [] if pulse is None else [Entry(0, pulse)]

    return answer


class FeedHeard:
    """What a peer has heard of other regions, over its feed."""

    def __init__(self, feed: PeerFeed) -> None:
        self._feed = feed

    async def heard(self, region: str) -> Sequence[Entry]:
        """The last pulse of `region` that the peer has heard; none where it has heard none. Errors: LogError."""
        return await self._feed.ask((QUESTION, region), 0, 0)
