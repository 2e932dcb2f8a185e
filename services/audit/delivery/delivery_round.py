"""The round that delivers: one period after the other, each once its signed digest stands in the trail.

Owns the pace and what is done again. A digest covers a stretch of the frames as they have arrived; so names and
contents follow from it, and a period that was cut off is delivered again, byte by byte. What fails is tried again
later; the trail waits for nothing of it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

import msgspec

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
    """A period on its way. `progress`: once it has been delivered, up to the last frame that was taken; `delivered`:
    of each chain, up to which entry the periods before have it, where the trail does not tell."""

    files: PeriodFiles
    progress: Progress
    delivered: Mapping[str, int]

    def taking(self, one: ArrivedFrame) -> "_Begun":
        frame = one.frame
        at = msgspec.structs.replace(self.progress, ordinal=one.ordinal, chain=frame.chain, last=frame.last)
        return self._replace(progress=at)


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
        self._failures = self._lost = self._failed_at = 0

    async def run(self) -> None:
        """Errors: TrailUnavailable, NotDelivered, OSError, LogError."""
        if abs(self._now() - self._failed_at) < RETRY_MILLISECONDS:
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
            self._failed_at = self._now()
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
        newest = self._trail.last_digest()
        if newest is not None and self._done.is_of_other_digests(decode_digest(newest[1]).header):
            self._done, self._covered = Progress(accounts=self._done.accounts), {}
        return self._done

    async def _step(self, header: Header, done: Progress) -> None:
        if self._begun is None:
            self._begun = await self._begin(header, done)
        for _ in range(BATCHES_AT_ONCE):
            if await self._take(self._begun):
                await self._end(self._begun, done)
                return

    async def _begin(self, header: Header, done: Progress) -> _Begun:
        if self._store is None:
            self._store = await asyncio.to_thread(self._open)
        done, delivered = self._found_again(done)
        self._cover(header.number)
        files = PeriodFiles(self._settings, self._region, Period(header.number, header.start, header.end), self._store)
        return _Begun(files, msgspec.structs.replace(done, number=header.number, end=header.end), delivered)

    def _found_again(self, done: Progress) -> tuple[Progress, Mapping[str, int]]:
        """A trail that was made anew has its frames at other places: they are gone through from the beginning."""
        try:
            at_ordinal = self._trail.frames(done.ordinal - 1, 1) if done.ordinal else ()
        except Dropped:
            return done, {}
        if not done.is_of_another_trail(at_ordinal):
            return done, {}
        return msgspec.structs.replace(done, ordinal=0, chain="", last=0), dict(self._covered)

    async def _take(self, begun: _Begun) -> bool:
        """Some frames. Whether these were the last that the digest covers."""
        frames = self._frames(begun.progress.ordinal)
        own = list(takewhile(lambda one: _is_within(one, self._covered), frames))
        await asyncio.to_thread(
            self._deliver, begun.files, [one for one in own if not _is_within(one, begun.delivered)]
        )
        if own:
            self._begun = begun.taking(own[-1])
        return not own or len(own) < len(frames)

    def _deliver(self, files: PeriodFiles, frames: Sequence[ArrivedFrame]) -> None:
        """In a thread: it is much to encode."""
        for one in frames:
            files.take(events_of(one.frame, self._region, self._settings.accounts))
        files.deliver()

    async def _end(self, begun: _Begun, done: Progress) -> None:
        begun = self._begun or begun
        key = await self._announced()
        if key is None:
            return
        await asyncio.to_thread(lambda: begun.files.deliver(last=True))
        accounts = await asyncio.to_thread(begun.files.vouch, key, done.accounts)
        self._done = msgspec.structs.replace(begun.progress, accounts=accounts)
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


def _is_within(one: ArrivedFrame, covered: Mapping[str, int]) -> bool:
    return one.frame.last <= covered.get(one.frame.chain, 0)
