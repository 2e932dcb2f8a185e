"""The way of derived frames to the audit log: the region's own log is read, and what follows from it is sent.

Owns when that log is read, and that no fault of it keeps other entries from their way.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from replication.log.event_log import EventLog, LogError
from replication.state.state_store import StoreFailed
from services.audit.audit_log import AuditLog
from services.audit.derived_frames import DerivedFrames
from services.audit.spool.shipping import Shipping

READ_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 10.0

log = logging.getLogger(__name__)


class DerivedShipping:
    """`open_records` opens the region's own log, for reading."""

    def __init__(self, derived_frames: DerivedFrames, open_records: Callable[[], Awaitable[EventLog]]) -> None:
        self._derived_frames, self._open_records = derived_frames, open_records
        self._records: EventLog | None = None
        self._due = 0.0
        self.trouble = ""
        """Why nothing is derived now; "" where it is."""

    def begin(self) -> None:
        """A session of the audit log begins."""
        self._derived_frames.begin()

    async def send(self, shipping: Shipping, audit_log: AuditLog) -> bool:
        """Send what follows from the next records, if it is time. Whether there may be more.

        Records of which nothing is sent, for the trail has it, are no reason to wait: a lost fold is made again.

        Errors: LogError, of the audit log.
        """
        ticks = asyncio.get_running_loop().time
        if ticks() < self._due:
            return False
        try:
            frames = await self._derived_frames.next_frames(await self._opened())
            self.trouble = ""
        except (LogError, StoreFailed) as error:
            if self.trouble != str(error):
                log.warning("the region's log cannot be read for its audit entries", extra={"reason": str(error)})
            self.trouble, self._due = str(error), ticks() + RETRY_SECONDS
            await self.close()
            return False
        await shipping.send(audit_log, frames)
        self._due = ticks() + (0 if self._derived_frames.went_on else READ_SECONDS)
        return self._derived_frames.went_on

    async def close(self) -> None:
        self._derived_frames.close()
        if self._records is not None:
            closing, self._records = self._records, None
            await closing.close()

    async def _opened(self) -> EventLog:
        if self._records is None:
            self._records = await self._open_records()
        return self._records
