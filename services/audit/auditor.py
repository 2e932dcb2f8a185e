"""The auditor of a node: entries go from its spools into the region's audit log, and from there into its trail.

Owns the sessions with the audit log. A session opens the log, takes up all that it has, and only then sends; it ends
with any fault of the log, and another one begins. So there is one way to begin, after a start, a crash, or an append of
which nothing is known: by reading. What is on its way waits in the spools, as long as it takes.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

from replication.log.event_log import LogError, LogTruncated, LogUnavailable
from replication.records.record import RecordKey, authenticate
from services.audit.audit_log import PARTITION, AuditLog
from services.audit.derived_shipping import DerivedShipping
from services.audit.spool.shipping import Shipping
from services.audit.trail.writer import TrailWriter

READ_ENTRIES: Final = 2_000
READ_BYTES: Final = 4_000_000
LOOK_SECONDS: Final = 0.2
"""From look to look at the spools. A step that carries many entries takes little more of processor and disk than one
that carries few, and both are the workers', too."""
QUIET_SECONDS: Final = 5.0
QUIET_LOOK_SECONDS: Final = 1.0
"""From look to look once nothing has come for so long: most regions have nothing to record most of the time."""
PRUNED_AT_ONCE: Final = 2_000
RETRY_SECONDS: Final = (0.5, 1.0, 2.0, 5.0, 10.0)

log = logging.getLogger(__name__)


def pause_after(quiet_seconds: float, look_seconds: float) -> float:
    """Seconds until the next look, when nothing has come for `quiet_seconds`."""
    return look_seconds if quiet_seconds < QUIET_SECONDS else max(look_seconds, QUIET_LOOK_SECONDS)


class Auditor:
    """Of one node. `open_log` opens the audit log; `now` gives milliseconds since 1970, `level_at` is when the trail
    last had all of the spools."""

    def __init__(
        self,
        writer: TrailWriter,
        key: RecordKey,
        shipping: Shipping,
        derived_shipping: DerivedShipping,
        open_log: Callable[[], Awaitable[AuditLog]],
        now: Callable[[], int],
        level_at: int,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._writer, self._key, self._open_log, self._now = writer, key, open_log, now
        self._shipping, self._derived_shipping = shipping, derived_shipping
        self._look_seconds = look_seconds
        self._log: AuditLog | None = None
        self.trouble = "the audit log is not open yet"
        """What hinders the audit log now; "" where nothing does."""
        self._level_at = level_at
        self.behind = 0
        """Positions of the audit log that are not taken up yet."""

    async def run(self) -> NoReturn:
        """One session after the other, until cancelled. Errors: sqlite3.Error, TrailUnavailable: the trail fails."""
        failures = 0
        while True:
            try:
                await self._session()
            except (LogError, OSError) as error:
                failures = 0 if not self.trouble else failures + 1
                self._tell(str(error))
            finally:
                await self._close()
            await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])

    async def append(self, signed: bytes) -> None:
        """Authenticate, and append durably. Errors: LogError; after AppendUnknown it may stand in the log, or come."""
        if self._log is None:
            raise LogUnavailable(self.trouble)
        await self._log.append(PARTITION, [authenticate(signed, self._key)])

    def lag_seconds(self) -> float:
        """Since the trail last had all that had been read of the spools."""
        return max(0, self._now() - self._level_at) / 1000

    async def prune(self, kept_milliseconds: int) -> None:
        """Drop of the log what had been read so long ago. Errors: LogError, lmdb.Error, sqlite3.Error."""
        opened = self._log
        if opened is None:
            return
        identity, books = await opened.identity(), self._writer.books
        books.mark_passed(self._now(), identity, self._writer.position(identity))
        passed = books.take_passed_before(self._now() - kept_milliseconds, identity)
        last = min(passed, await opened.end(PARTITION) - 1)  # a log without any entry would begin at 0 again
        for before in range(await opened.first(PARTITION), last, PRUNED_AT_ONCE):
            await opened.prune(PARTITION, min(before + PRUNED_AT_ONCE, last))

    async def _session(self) -> None:
        opened = self._log = await self._open_log()
        identity = await opened.identity()
        self._shipping.begin()
        self._derived_shipping.begin()
        await self._take_up(opened, identity)
        loop = asyncio.get_running_loop()
        came = loop.time()
        while True:
            more = await self._shipping.ship(opened)
            more = await self._derived_shipping.send(self._shipping, opened) or more
            self._tell("")  # not before: a log that is full can be opened and read all the same
            taken = await self._take_up(opened, identity)
            if self._shipping.is_level():
                self._level_at = self._now()
            if more or taken:
                came = loop.time()
            if more:
                continue
            if taken:
                await asyncio.sleep(self._look_seconds)
            else:
                pause = pause_after(loop.time() - came, self._look_seconds)
                await opened.read(PARTITION, self._writer.position(identity), 1, pause)

    async def _take_up(self, opened: AuditLog, identity: str) -> bool:
        """Take up what the log has, to its end. Whether there was anything."""
        first, taken = await opened.first(PARTITION), False
        if self._writer.position(identity) < first:
            self._skip(identity, first, "the node was away longer than the audit log is kept")
        while True:
            position = self._writer.position(identity)
            try:
                entries = await opened.read(PARTITION, position, READ_ENTRIES, 0, READ_BYTES)
            except LogTruncated:
                if position == first:
                    raise
                self._skip(identity, first, "the audit log has lost its end")
                continue
            if not entries:
                self.behind = 0
                return taken
            self._writer.ingest(entries)
            taken, self.behind = True, await opened.end(PARTITION) - entries[-1].position - 1

    def _skip(self, identity: str, first: int, reason: str) -> None:
        """Read the log from its beginning; what is seen again is passed over, and what is missing is a hole."""
        log.error("the trail cannot go on where it was", extra={"reason": reason, "position": first})
        self._writer.skip(identity, first)

    def _tell(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            log.warning("the audit log is in trouble", extra={"reason": trouble})
        elif self.trouble and not trouble:
            log.info("the audit log is well")
        self.trouble = trouble

    async def _close(self) -> None:
        if self._log is not None:
            closing, self._log = self._log, None
            await closing.close()
