"""What a witness answers over the feed: ["witnessed", region] -> what it has seen of that region, signed by itself."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from replication.feed.feed import UNKNOWN_QUESTION, Answering
from replication.log.event_log import Entry, LogUnavailable
from shared.identifiers import REGION_PATTERN

QUESTION = "witnessed"
Cosigned: TypeAlias = Callable[[str], bytes]
"""What this region has seen of that one, under its signature."""


def cosigning(cosigned: Cosigned) -> Answering:
    """Answers the question. Errors of the answer: LogUnavailable for what is no such question."""

    async def answer(question: Sequence[Any]) -> Sequence[Entry]:
        if len(question) != 2 or type(question[1]) is not str or not REGION_PATTERN.fullmatch(question[1]):
            raise LogUnavailable(UNKNOWN_QUESTION)
        return [Entry(0, cosigned(question[1]))]

    return answer
