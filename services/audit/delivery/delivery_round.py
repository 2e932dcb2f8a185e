"""The round that delivers: one period after the other, each once its signed digest stands in the trail.

Owns the pace and what is done again. A digest covers a stretch of the frames as they have arrived; so names and
contents follow from it, and a period that was cut off is delivered again, byte by byte. What fails is tried again
later; the trail waits for nothing of it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from services.audit.delivery.digest_keys import Announced
from services.audit.delivery.events import events_of
from services.audit.delivery.period_files import PeriodFiles
from services.audit.delivery.progress import Progress, ProgressFile
from services.audit.delivery.stores import NotDelivered, Store
from services.audit.delivery_settings import DeliverySettings
from services.audit.trail.forms import ArrivedFrame, Dropped
from services.audit.trail.trail import Trail
from shared.audit.delivered_files import Period
from shared.audit.digest import Header, decode_digest

FRAMES_AT_ONCE = 200
BATCHES_AT_ONCE = 50
RETRY_MILLISECONDS = 30_000


class _Begun(NamedTuple):
    """A period on its way. `ordinal`: of the last frame that was taken."""

    number: int
    files: PeriodFiles
    ordinal: int


class DeliveryRound:
    """Of one node. `store` opens the place where files go; `announced` gives the key, once the region knows it."""

    name = "delivery"

    def __init__(
        self,
        settings: DeliverySettings,
        region: str,
        trail: Trail,
        progress: ProgressFile,
        store: Callable[[], Store],
        announced: Announced,
        now: Callable[[], int],
    ) -> None:
        self._settings, self._region, self._trail = settings, region, trail
        self._progress, self._open, self._announced, self._now = progress, store, announced, now
        self._done: Progress | None = None
        self._store: Store | None = None
        self._begun: _Begun | None = None
        self._covered: dict[str, int] = {}
        self._known = 0
        self._failures = self._lost = self._not_before = 0

    async def run(self) -> None:
        """Errors: TrailUnavailable, NotDelivered, OSError, LogError."""
        if self._now() < self._not_before:
            return
        done = self._standing()
        header = self._next(done.number)
        if await self._announced() is None or header is None:
            return
        try:
            await self._step(header, done)
        except NotDelivered:
            self._begun = self._store = None
            self._failures += 1
            self._not_before = self._now() + RETRY_MILLISECONDS
            raise

    def figures(self) -> Mapping[str, float]:
        """For /metrics."""
        done = 0 if self._done is None else self._done.number
        return {
            "delivered_digest": done,
            "delivery_waiting": max(0, self._known - done),
            "delivery_failures": self._failures,
            "delivery_lost": self._lost,
        }

    def _standing(self) -> Progress:
        if self._done is None:
            self._done = self._progress.read()
            self._cover(self._done.number)
        return self._done

    async def _step(self, header: Header, done: Progress) -> None:
        if self._begun is None:
            self._begun = await self._begin(header, done.ordinal)
        for _ in range(BATCHES_AT_ONCE):
            if await self._take(self._begun):
                await self._end(self._begun, done)
                return

    async def _begin(self, header: Header, ordinal: int) -> _Begun:
        if self._store is None:
            self._store = await asyncio.to_thread(self._open)
        self._cover(header.number)
        period = Period(header.number, header.start, header.end)
        return _Begun(header.number, PeriodFiles(self._settings, self._region, period, self._store), ordinal)

    async def _take(self, begun: _Begun) -> bool:
        """Some frames. Whether these were the last that the digest covers."""
        frames = self._frames(begun.ordinal)
        own = list(takewhile(self._is_covered, frames))
        await asyncio.to_thread(self._deliver, begun.files, own)
        if own:
            self._begun = begun._replace(ordinal=own[-1].ordinal)
        return not own or len(own) < len(frames)

    def _deliver(self, files: PeriodFiles, frames: Sequence[ArrivedFrame]) -> None:
        """In a thread: it is much to encode."""
        for one in frames:
            files.take(events_of(one.frame, self._region, self._settings.accounts))
        files.deliver()

    def _is_covered(self, one: ArrivedFrame) -> bool:
        return one.frame.last <= self._covered.get(one.frame.chain, 0)

    async def _end(self, begun: _Begun, done: Progress) -> None:
        begun = self._begun or begun
        key = await self._announced()
        if key is None:
            return
        await asyncio.to_thread(lambda: begun.files.deliver(last=True))
        accounts = await asyncio.to_thread(begun.files.vouch, key, done.accounts)
        self._done = Progress(begun.number, begun.ordinal, accounts)
        self._progress.write(self._done)
        self._begun = None

    def _next(self, done: int) -> Header | None:
        waiting = self._trail.digests(done)
        self._known = max(self._known, *(number for number, _ in waiting), done)
        return decode_digest(waiting[0][1]).header if waiting else None

    def _cover(self, number: int) -> None:
        """Know what the digests up to that one cover."""
        for at, signed in self._trail.digests(0):
            if at <= number:
                self._covered.update((row.chain, row.number) for row in decode_digest(signed).rows)

    def _frames(self, after: int) -> list[ArrivedFrame]:
        try:
            return list(self._trail.frames(after, FRAMES_AT_ONCE))
        except Dropped as gone:
            self._lost += gone.first - after - 1
            return list(self._trail.frames(gone.first - 1, FRAMES_AT_ONCE))
