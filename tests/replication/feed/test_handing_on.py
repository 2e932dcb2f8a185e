"""Handing on over the feed: a pinned peer gets what was adopted, and nothing that is asked breaks anything."""

from collections.abc import Sequence
from typing import Any

import pytest

from replication.feed.feed import ANSWER_BYTES, LIMIT_MOST
from replication.feed.frames import frame, read_frame
from replication.feed.handing_on import QUESTION, FeedHandedOn, handing_on
from replication.log.event_log import Entry, LogUnavailable, LogUnsafe
from tests.replication.feeding import PARTITIONS, Feeding, feeding
from tests.replication.written_log import PEER, THIRD


class Adopted:
    """Stands for `HandedOn`."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    async def read(self, *asked: Any) -> Sequence[Entry]:
        self.asked.append(asked)
        return [Entry(asked[2] - 1, b"one"), Entry(asked[2], b"two")]


def offering(side: Feeding, partitions: int = PARTITIONS) -> Adopted:
    adopted = Adopted()
    side.server.offer(QUESTION, handing_on(adopted, partitions))  # type: ignore[arg-type]
    return adopted


async def test_a_peer_reads_what_was_adopted_of_a_third_region() -> None:
    async with feeding() as side:
        adopted = offering(side)
        carrier = FeedHandedOn(side.feed_of(PEER), PARTITIONS)
        assert await carrier.read(THIRD, 1, 7) == [Entry(6, b"one"), Entry(7, b"two")]
        assert adopted.asked == [(THIRD, 1, 7, LIMIT_MOST, ANSWER_BYTES)]


async def test_a_stranger_gets_nothing_and_regions_with_other_partitions_are_told() -> None:
    async with feeding() as side:
        adopted = offering(side)
        with pytest.raises(LogUnavailable):
            await FeedHandedOn(side.feed_of(THIRD), PARTITIONS).read(PEER, 0, 1)
        with pytest.raises(LogUnsafe, match="all regions must have as many"):
            await FeedHandedOn(side.feed_of(PEER), PARTITIONS + 1).read(THIRD, 0, 1)
        assert adopted.asked == []


ODD: list[tuple[Any, ...]] = [
    (QUESTION,),
    (QUESTION, PARTITIONS, THIRD, 0, 1),
    (QUESTION, PARTITIONS, THIRD, 0, 1, 1, 1),
    (QUESTION, PARTITIONS, THIRD, PARTITIONS, 1, 1),
    (QUESTION, PARTITIONS, THIRD, -1, 1, 1),
    (QUESTION, PARTITIONS, THIRD, 0, 0, 1),
    (QUESTION, PARTITIONS, THIRD, 0, 1 << 63, 1),
    (QUESTION, PARTITIONS, THIRD, 0, 1, 0),
    (QUESTION, PARTITIONS, b"bytes", 0, 1, 1),
    (QUESTION, PARTITIONS, "x" * 65, 0, 1, 1),
    (QUESTION, True, THIRD, 0, 1, 1),
]


@pytest.mark.parametrize("question", ODD)
async def test_odd_questions_are_refused_and_never_reach_the_log(question: tuple[Any, ...]) -> None:
    async with feeding() as side:
        adopted = offering(side)
        reader, writer = await side.connect()
        writer.write(frame((1, *question)))
        _, (kind, error, _) = await read_frame(reader)
        assert (kind, error, adopted.asked) == ("error", LogUnavailable.__name__, [])
        writer.close()
