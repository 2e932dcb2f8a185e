"""The log of a region's pulses: `keytide.<region>.pulse`, of one partition.

Owns how peers read it (only the last entries matter) and how long it is kept. Losing it loses nothing but what it told.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from replication.event_log import Entry, EventLog, LogTruncated

PARTITIONS: Final = 1
LATEST_MOST: Final = 16
"""Entries of one answer: behind junk in a topic there is still a pulse among them."""


class PulseSource(Protocol):
    """A peer's pulses: its Kafka topic, or its feed."""

    async def latest_pulses(self, after: int, wait_seconds: float) -> Sequence[Entry]:
        """As `latest_entries`. Errors: LogError."""

    async def close(self) -> None: ...


async def latest_entries(log: EventLog, after: int, wait_seconds: float) -> Sequence[Entry]:
    """The last entries from position `after` on, at most `LATEST_MOST`; waits for one as `EventLog.read` does.

    A position beyond the end means that the log was made anew: then its last entries. Errors: LogError.
    """
    end = await log.end(0)
    last = max(0, end - LATEST_MOST)
    start = last if after > end else max(after, last)
    try:
        return await log.read(0, start, LATEST_MOST, wait_seconds)
    except LogTruncated:  # what stood there has expired
        return await log.read(0, end, LATEST_MOST, wait_seconds)


class LoggedPulses:
    """A peer's pulses where its log can be read itself."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def latest_pulses(self, after: int, wait_seconds: float) -> Sequence[Entry]:
        return await latest_entries(self._log, after, wait_seconds)

    async def close(self) -> None:
        await self._log.close()
