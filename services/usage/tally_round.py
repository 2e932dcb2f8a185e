"""The round in which a node's auditor counts what has come into the trail.

Owns the pace: small transactions, and at each turn no longer than a moment, so that the other rounds have theirs.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from services.audit.trail.forms import ArrivedFrame, Dropped
from services.usage.usage_file import usage_file
from services.usage.usage_writer import UsageWriter
from shared.keys.times import MILLISECONDS_PER_DAY

FRAMES_AT_ONCE = 50
TURN_SECONDS = 0.25

log = logging.getLogger(__name__)


class Frames(Protocol):
    """`Trail`."""

    def frames(self, after: int, limit: int) -> Sequence[ArrivedFrame]: ...

    def last_ordinal(self) -> int: ...


class TallyRound:
    """Of one node, in its auditor. `now` gives integer milliseconds since 1970."""

    name = "usage"

    def __init__(self, trail: Frames, trail_directory: Path, now: Callable[[], int]) -> None:
        self._trail, self._now = trail, now
        self._file = usage_file(trail_directory)
        self._writer: UsageWriter | None = None
        self._condensed_at = 0

    async def run(self) -> None:
        """Count on, for a moment. Errors: UsageUnavailable, TrailUnavailable; the next turn tries again."""
        writer = self._opened()
        if self._trail.last_ordinal() < writer.cursor:
            log.warning("the audit trail has begun anew; its frames are looked through again for what is not counted")
            writer.begin_again()
        until = time.monotonic() + TURN_SECONDS
        while self._step(writer):
            if time.monotonic() >= until:
                break
            await asyncio.sleep(0)
        if self._now() - self._condensed_at >= MILLISECONDS_PER_DAY:
            self._condensed_at = self._now()
            writer.condense(self._now())

    def figures(self) -> Mapping[str, float]:
        """`usage_behind`: frames of the trail that are not counted yet."""
        return {"usage_behind": self._trail.last_ordinal() - self._opened().cursor}

    @property
    def writer(self) -> UsageWriter:
        """Errors: UsageUnavailable."""
        return self._opened()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _opened(self) -> UsageWriter:
        if self._writer is None:
            self._writer = UsageWriter(self._file, self._now())
        return self._writer

    def _step(self, writer: UsageWriter) -> bool:
        """Whether there may be more."""
        try:
            arrived = self._trail.frames(writer.cursor, FRAMES_AT_ONCE)
        except Dropped as dropped:
            log.error("the audit trail has dropped entries before they were counted", extra={"first": dropped.first})
            writer.skip_to(dropped.first - 1, self._now())
            return True
        if not arrived:
            return False
        counts = writer.take(arrived[-1].ordinal, [one.frame for one in arrived])
        if counts.unread:
            log.error("the audit trail holds entries that cannot be read", extra={"entries": counts.unread})
        return len(arrived) == FRAMES_AT_ONCE
