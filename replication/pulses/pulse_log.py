"""The log of a region's pulses: `keytide.<region>.pulse`, of one partition.

Owns how peers read it (only the last entries matter) and how long it is kept. Losing it loses nothing but what it told.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from replication.log.event_log import Entry, EventLog, LogTruncated, LogUnavailable
from replication.witness.checkpoint import cosignature_key, is_cosignature

PARTITIONS: Final = 1
LATEST_MOST: Final = 16
"""Entries of one answer: behind junk in a topic there is still a pulse among them."""

COSIGNATURE_SECONDS: Final = 1.0


class PulseSource(Protocol):
    """A peer's pulses: its Kafka topic, or its feed."""

    async def latest_pulses(self, after: int, wait_seconds: float) -> Sequence[Entry]:
        """As `latest_entries`. Errors: LogError."""

    async def close(self) -> None: ...


class PeerVoice(PulseSource, Protocol):
    """A peer that can be asked as a witness, too."""

    async def cosigned(self, region: str) -> bytes | None:
        """The peer's cosignature over what it has seen of `region`; None from a version that witnesses nothing.

        Errors: LogError.
        """


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
    """The pulses of the region `peer`, where its log can be read itself."""

    def __init__(self, log: EventLog, peer: str) -> None:
        self._log, self._key = log, cosignature_key(peer)
        self._asked_at: int | None = None

    async def latest_pulses(self, after: int, wait_seconds: float) -> Sequence[Entry]:
        return await latest_entries(self._log, after, wait_seconds)

    async def cosigned(self, region: str) -> bytes | None:
        """One that was written after it was first asked for: what stands in a log may be older than the peer's death.

        A peer writes one at every beat.
        """
        end = await self._log.end(0)
        self._asked_at = end if self._asked_at is None else min(self._asked_at, end)
        for entry in await latest_entries(self._log, self._asked_at, COSIGNATURE_SECONDS):
            if is_cosignature(entry.record, self._key, region):
                return entry.record
        raise LogUnavailable(f"{self._log.name}: the region writes no cosignature")

    async def close(self) -> None:
        await self._log.close()
