"""Pulses at second hand over the feed: a pinned peer is told what was heard, and odd questions break nothing."""

from typing import Any

import pytest

from replication.feed.frames import frame, read_frame
from replication.feed.heard import QUESTION, FeedHeard, telling_again
from replication.log.event_log import Entry, LogUnavailable
from tests.replication.feeding import feeding
from tests.replication.written_log import PEER, THIRD


async def test_a_peer_is_told_what_was_heard_last_and_a_stranger_is_not() -> None:
    async with feeding() as side:
        side.server.offer(QUESTION, telling_again({THIRD: b"pulse"}.get))
        peer = FeedHeard(side.feed_of(PEER))
        assert await peer.heard(THIRD) == [Entry(0, b"pulse")]
        assert await peer.heard("sa-east-1") == []
        with pytest.raises(LogUnavailable):
            await FeedHeard(side.feed_of(THIRD)).heard(THIRD)


@pytest.mark.parametrize("question", [(QUESTION,), (QUESTION, b"x"), (QUESTION, THIRD, 1), (QUESTION, "x" * 65)])
async def test_odd_questions_are_refused(question: tuple[Any, ...]) -> None:
    async with feeding() as side:
        side.server.offer(QUESTION, telling_again({THIRD: b"pulse"}.get))
        reader, writer = await side.connect()
        writer.write(frame((1, *question)))
        _, (kind, error, _) = await read_frame(reader)
        assert (kind, error) == ("error", LogUnavailable.__name__)
        writer.close()
