"""Acknowledgement over the feed: a pinned peer is told by a pulse, and nothing that is asked breaks anything."""

from typing import Any

import pytest

from replication.feed.adopted import QUESTION, FeedAdopted, acknowledging
from replication.feed.feed import WAIT_MOST_SECONDS
from replication.feed.frames import frame, read_frame
from replication.log.event_log import LogUnavailable, LogUnsafe
from tests.replication.feeding import PARTITIONS, Feeding, feeding
from tests.replication.written_log import PEER, THIRD


class Region:
    """Has adopted up to number 7 of everything."""

    def __init__(self, side: Feeding, partitions: int = PARTITIONS) -> None:
        self.asked: list[tuple[object, ...]] = []
        side.server.offer(QUESTION, acknowledging(self._adopted, partitions))

    async def _adopted(self, *asked: Any) -> bytes | None:
        self.asked.append(asked)
        return b"pulse" if asked[2] <= 7 else None


async def test_a_peer_is_told_by_a_pulse_what_was_adopted_and_of_the_rest_nothing() -> None:
    async with feeding() as side:
        region, peer = Region(side), FeedAdopted(side.feed_of(PEER), PARTITIONS)
        assert await peer.adopted(PEER, 1, 7, 0.5) == b"pulse"
        assert await peer.adopted(PEER, 0, 8, 100) is None
        assert region.asked == [(PEER, 1, 7, 0.5), (PEER, 0, 8, WAIT_MOST_SECONDS)]


async def test_a_stranger_is_told_nothing_and_regions_with_other_partitions_are_told_so() -> None:
    async with feeding() as side:
        region = Region(side)
        with pytest.raises(LogUnavailable):
            await FeedAdopted(side.feed_of(THIRD), PARTITIONS).adopted(THIRD, 0, 1, 0)
        with pytest.raises(LogUnsafe, match="all regions must have as many"):
            await FeedAdopted(side.feed_of(PEER), PARTITIONS + 1).adopted(PEER, 0, 1, 0)
        assert region.asked == []


ODD: list[tuple[Any, ...]] = [
    (QUESTION,),
    (QUESTION, PARTITIONS, PEER, 0, 1),
    (QUESTION, PARTITIONS, PEER, PARTITIONS, 1, 0),
    (QUESTION, PARTITIONS, PEER, -1, 1, 0),
    (QUESTION, PARTITIONS, PEER, 0, 0, 0),
    (QUESTION, PARTITIONS, PEER, 0, 1 << 63, 0),
    (QUESTION, PARTITIONS, PEER, 0, 1, float("inf")),
    (QUESTION, PARTITIONS, PEER, 0, 1, float("nan")),
    (QUESTION, PARTITIONS, PEER, 0, 1, "0"),
    (QUESTION, PARTITIONS, "x" * 65, 0, 1, 0),
    (QUESTION, PARTITIONS, b"bytes", 0, 1, 0),
]


@pytest.mark.parametrize("question", ODD)
async def test_odd_questions_are_refused(question: tuple[Any, ...]) -> None:
    async with feeding() as side:
        region = Region(side)
        reader, writer = await side.connect()
        writer.write(frame((1, *question)))
        _, (kind, error, _) = await read_frame(reader)
        assert (kind, error, region.asked) == ("error", LogUnavailable.__name__, [])
        writer.close()
