"""The round that makes the region's digests: one for each period that is over, also when nothing happened.

Owns what is gathered meanwhile: of every frame that has arrived its chain's head and its entries' times. How far it
has read is known by the frames' ordinals; a start begins where the last digest that was made here ended, and
what a digest knows already counts once. Two nodes may make the digest of one period: the first in the log counts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from services.audit.trail.forms import ArrivedFrame, Dropped
from services.audit.trail.trail import Trail
from services.durable_file import replace_file
from shared.audit.digest import (
    Gathered,
    Last,
    Retention,
    Sign,
    decode_digest,
    due,
    last_of,
    next_digest,
)
from shared.audit.frame import ChainHead, Frame

FRAMES_AT_ONCE = 200
"""Then everything else of the auditor has its turn."""
LOST_MILLISECONDS = 5 * 60_000
"""What was appended and has not come back by then is appended again."""

Append = Callable[[bytes], Awaitable[None]]


class _Time(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The beginning of an entry, which is all that is read of it here."""

    form: int
    time: int


_read_time = msgspec.msgpack.Decoder(_Time).decode


class DigestRound:
    """Of one node. `append` puts signed bytes into the audit log; `mark` is the file of how far a digest has come."""

    name = "digests"

    def __init__(
        self,
        region: str,
        trail: Trail,
        mark: Path,
        sign: Sign,
        append: Append,
        now: Callable[[], int],
        minutes: int,
    ) -> None:
        self._region, self._trail, self._mark = region, trail, mark
        self._sign, self._append, self._now, self._minutes = sign, append, now, minutes
        self._last, self._known = Last(), dict[str, ChainHead]()
        self._ordinal = self._begun = _begun(mark, trail)
        self._gathered = Gathered(self._known)
        self._made, self._made_at = 0, 0

    def figures(self) -> Mapping[str, float]:
        """For /metrics. One that is of a time to come is as far away as one of before: none vouches for the present."""
        age = abs(self._now() - self._last.end) / 1000 if self._last.number else 0.0
        return {"digest": self._last.number, "digest_age_seconds": age}

    async def run(self) -> None:
        """Errors: TrailUnavailable, LogError."""
        self._follow_digests()
        if self._is_on_its_way():
            return
        await self._read_up()
        period = due(self._last, self._gathered.oldest, self._now(), self._minutes)
        if period is not None:
            retention = self._retention()
            made = next_digest(self._region, self._last, self._gathered, *period, self._sign, retention)
            await self._append(made)
            self._made, self._made_at = self._last.number + 1, self._now()

    def _is_on_its_way(self) -> bool:
        """Whether a digest that was made here has yet to come back; one that does not was lost with its log."""
        return self._made > self._last.number and abs(self._now() - self._made_at) < LOST_MILLISECONDS

    def _follow_digests(self) -> None:
        """What has come back from the log, made by whichever node."""
        news = [decode_digest(signed) for _, signed in self._trail.digests(self._last.number)]
        for digest in news:
            self._known.update((row.chain, ChainHead(row.number, row.head)) for row in digest.rows)
            self._last = last_of(digest)
        if news:
            self._begin_again()

    def _begin_again(self) -> None:
        """What was gathered and is known by now is let go; where that is not all, it is read again."""
        heads = self._gathered.heads
        if all(self._known.get(chain, ChainHead()).number >= head.number for chain, head in heads.items()):
            self._begun = self._ordinal
            replace_file(self._mark, b"%d" % self._begun)
        self._ordinal, self._gathered = self._begun, Gathered(self._known)

    async def _read_up(self) -> None:
        """Until all that has arrived is gathered."""
        while arrived := self._read():
            for one in arrived:
                self._gathered.take(one.frame, _times(one.frame))
                self._ordinal = one.ordinal
            await asyncio.sleep(0)

    def _read(self) -> list[ArrivedFrame]:
        try:
            return list(self._trail.frames(self._ordinal, FRAMES_AT_ONCE))
        except Dropped as gone:
            self._ordinal = gone.first - 1
            return list(self._trail.frames(self._ordinal, FRAMES_AT_ONCE))

    def _retention(self) -> Retention:
        dropped = self._trail.dropped()
        return Retention(sum(one.entries for one in dropped), max((one.latest for one in dropped), default=None))


def _times(frame: Frame) -> list[int]:
    """Of the entries that can be read."""
    times = []
    for entry in frame.entries:
        with suppress(msgspec.DecodeError, RecursionError):
            times.append(_read_time(entry).time)
    return times


def _begun(mark: Path, trail: Trail) -> int:
    """A mark beyond the trail's end is that of one that was lost, and made anew."""
    marked = _marked(mark)
    return marked if marked <= trail.last_ordinal() else 0


def _marked(mark: Path) -> int:
    try:
        return int(mark.read_bytes())
    except (OSError, ValueError):
        return 0
