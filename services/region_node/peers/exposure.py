"""Exposure: what of the own shared changes would be lost, were the region lost with its log at this moment.

Owns the two gauges: how many of them no other region has said to have adopted, and how old the oldest is. It is what an
asynchronous acknowledgement puts at stake; what concerns the region alone is not counted, for no other ever has it.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

from replication.log.event_log import EventLog, LogError
from services.region_node.pulses.own_history import OwnHistory

LOOK_SECONDS = 1.0


class _Oldest(NamedTuple):
    """The first record that nobody has. `time`: its own, or when it was first missed while it is not published yet."""

    number: int
    time: int
    is_own: bool


class Exposure:
    """Of one region. `shared(partition)`: how far it has shared; `adopted(partition)`: how far each peer has adopted.

    `now` gives integer milliseconds.
    """

    def __init__(
        self,
        partitions: int,
        shared: Callable[[int], int],
        adopted: Callable[[int], Mapping[str, int]],
        now: Callable[[], int],
    ) -> None:
        self._partitions, self._shared, self._adopted, self._now = partitions, shared, adopted, now
        self._oldest: dict[int, _Oldest] = {}
        self._count = 0

    async def watch(self, log: EventLog) -> None:
        """Look again and again, for ever. `log`: the own shared log."""
        while True:
            await self.look(log)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, log: EventLog) -> None:
        """See how much there is, and of when the oldest is."""
        count = 0
        for partition in range(self._partitions):
            shared, known = self._shared(partition), max(self._adopted(partition).values(), default=0)
            count += max(0, shared - known)
            if shared > known:
                self._oldest[partition] = await self._first(log, partition, known + 1)
            else:
                self._oldest.pop(partition, None)
        self._count = count

    async def _first(self, log: EventLog, partition: int, number: int) -> _Oldest:
        former = self._oldest.get(partition)
        if former is not None and former.number == number and former.is_own:
            return former
        try:
            found = await OwnHistory(log, partition).find(number)
        except LogError:
            found = None
        if found is not None:
            return _Oldest(number, found.time, True)
        return former if former is not None and former.number == number else _Oldest(number, self._now(), False)

    def gauges(self) -> dict[str, float]:
        """As /metrics tells it: see docs/durability.md."""
        oldest = min((one.time for one in self._oldest.values()), default=None)
        age = 0.0 if oldest is None else max(0, self._now() - oldest) / 1000
        return {"unadopted_records": float(self._count), "oldest_unadopted_seconds": age}
