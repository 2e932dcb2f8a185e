"""Detours: what a region's own log does not give is read from another region that has adopted it.

Owns when that is done: a peer says in its pulse that it has more of a third region than is here, and here nothing has
come of it from one look to the next. So it does not matter why: the third region is lost, cut off from here, or its
log has a gap.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from replication.log.event_log import Entry, LogError
from replication.sharing.mirror import Mirror
from replication.sharing.publication import shared_log

READING_SECONDS = 30.0
"""So long a carrier is read from for one tail, in all: one that gives record by record, each at the last moment, holds
nobody up for longer."""
SILENT_SECONDS = 30.0
"""So long who has not answered is not asked for another tail. The tails of many keys are asked for one after the other:
with each of them a region that nothing reaches would be waited for anew."""


class Carrier(Protocol):
    """A peer that hands on what it has adopted."""

    async def read(self, region: str, partition: int, start: int) -> Sequence[Entry]:
        """Records of `region` from number `start` on. Errors: LogError."""


class Detours:
    """Of one region. `carriers` grows as peers are met.

    `said(carrier, region, partition)`: how far the carrier says to have come with the region. `trouble(place, reason)`
    is told what hinders, "" when it is over.
    """

    def __init__(
        self,
        carriers: Mapping[str, Carrier],
        said: Callable[[str, str, int], int],
        trouble: Callable[[str, str], None],
    ) -> None:
        self._carriers, self._said, self._trouble = carriers, said, trouble
        self._missing: dict[tuple[str, int], int] = {}
        self._silent: dict[str, float] = {}
        """Until when who has not answered is not asked for a tail."""

    async def look(self, mirrors: Iterable[Mirror]) -> None:
        """Help every mirror that has not moved since the last look and lacks what a peer has.

        What one holds is tried again: the interleaving is that what it rests on comes over another mirror while this
        one waits for its own region, which does not answer.
        """
        mirrors = list(mirrors)
        await asyncio.gather(*(mirror.again() for mirror in mirrors))
        await asyncio.gather(*(self._help(mirror) for mirror in mirrors if self._stands(mirror)))

    async def tail(self, mirror: Mirror, seconds: float) -> Mapping[str, str]:
        """Take all that any carrier has, whatever it says; each has so many seconds for an answer. Returns for every
        carrier why it could not be asked, or ""."""
        others = self._others(mirror)
        hindrances = await asyncio.gather(*(self._emptied(name, carrier, mirror, seconds) for name, carrier in others))
        return {name: hindrance for (name, _), hindrance in zip(others, hindrances, strict=True)}

    async def _emptied(self, name: str, carrier: Carrier, mirror: Mirror, seconds: float) -> str:
        now = asyncio.get_running_loop().time
        if now() < self._silent.get(name, 0):
            return f"{name} did not answer a moment ago"
        try:
            return await _emptied(name, carrier, mirror, seconds)
        except TimeoutError:
            self._silent[name] = now() + SILENT_SECONDS
            return f"{name} did not answer within {seconds:g} seconds"

    def _others(self, mirror: Mirror) -> list[tuple[str, Carrier]]:
        return [(name, carrier) for name, carrier in sorted(self._carriers.items()) if name != mirror.place[0]]

    def _stands(self, mirror: Mirror) -> bool:
        former, self._missing[mirror.place] = self._missing.get(mirror.place), mirror.missing
        return former == mirror.missing != 0

    async def _help(self, mirror: Mirror) -> None:
        region, partition = mirror.place
        for name, carrier in self._others(mirror):
            hindrance = ""
            while not hindrance and 0 < mirror.missing <= self._said(name, region, partition):
                hindrance = await _fetched(name, carrier, mirror)
            self._trouble(f"{shared_log(region)}/{partition} handed on by {name}", hindrance)


async def _fetched(name: str, carrier: Carrier, mirror: Mirror) -> str:
    """Take what the carrier has. Returns why nothing has come of it, or ""."""
    missing = mirror.missing
    try:
        await _take(name, carrier, mirror)
    except LogError as error:
        return str(error)
    if mirror.missing != missing:
        return ""
    return f"{name} says to have adopted record {missing} of {mirror.place[0]}, and does not hand it on"


async def _emptied(name: str, carrier: Carrier, mirror: Mirror, seconds: float) -> str:
    """Take everything that the carrier has. Returns why it could not be asked, or "". Errors: TimeoutError.

    Reading alone has a limit: what was read is adopted, however long that takes.
    """
    missing, before, left = mirror.missing, 0, READING_SECONDS
    now = asyncio.get_running_loop().time
    while missing > before:
        if left <= 0:
            return f"{name} was not done after {READING_SECONDS:g} seconds"
        begun = now()
        try:
            entries = await asyncio.wait_for(carrier.read(*mirror.place, missing), seconds)
        except LogError as error:
            return str(error)
        left -= now() - begun
        await mirror.take(name, [entry.record for entry in entries])
        missing, before = mirror.missing, missing
    return ""


async def _take(name: str, carrier: Carrier, mirror: Mirror) -> None:
    """Errors: LogError."""
    entries = await carrier.read(*mirror.place, mirror.missing)
    await mirror.take(name, [entry.record for entry in entries])
