"""What a peer says of itself and of others, over its feed: its pulses, and as a witness.

Owns the asking. What is said counts for its signature alone.
"""

from collections.abc import Sequence

from replication.feed.feed import UNKNOWN_QUESTION, PeerFeed
from replication.feed.witnessed import QUESTION
from replication.log.event_log import Entry, LogUnavailable


class FeedVoice:
    """A peer's pulses and cosignatures, over its feed."""

    def __init__(self, feed: PeerFeed) -> None:
        self._feed = feed

    async def latest_pulses(self, after: int, wait_seconds: float) -> Sequence[Entry]:
        return await self._feed.ask(("pulses", after, wait_seconds), 0, wait_seconds)

    async def cosigned(self, region: str) -> bytes | None:
        """What the peer has seen of `region`; None from a version that witnesses nothing. Errors: LogError."""
        try:
            entries = await self._feed.ask((QUESTION, region), 0, 0)
        except LogUnavailable as error:
            if str(error).endswith(UNKNOWN_QUESTION):
                return None
            raise
        return entries[0].record if entries else None

    async def close(self) -> None:
        await self._feed.close()
