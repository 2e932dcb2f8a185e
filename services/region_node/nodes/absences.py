"""Nodes that their region goes on without, so that not every change waits for one that is away.

Owns who is written down as missed, and that a node which was missed writes down its return. A node that rests on the
log alone is seen by nobody: that nobody hears it proves nothing. So the others say in the log that they go on without
it, and a node that finds this there serves by promises alone until its return stands in the log: whoever changes
something after that reads of it first, and waits again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from math import inf
from typing import Protocol

from services.clock import boot_seconds
from services.region_node.nodes.membership import Members
from shared.events import Event
from shared.nodes.events import NodeMissed, NodeReturned

LOOK_SECONDS = 1.0
AGAIN_SECONDS = 60.0
"""So long a node that has returned and is not heard all the same is not missed again: it costs few records then."""


class Waits(Protocol):
    """Whom changes wait for."""

    @property
    def silent(self) -> set[str]:
        """The nodes that were waited for in vain, until they are heard again."""


class Absences:
    """Of one node. `record` writes events into a partition; `writes`: whether the node may write."""

    def __init__(
        self,
        own: str,
        members: Callable[[], Members],
        waits: Waits,
        record: Callable[[int, Sequence[Event]], Awaitable[object]],
        writes: Callable[[], bool],
        clock: Callable[[], float] = boot_seconds,
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        self._own, self._members, self._waits = own, members, waits
        self._record, self._writes, self._clock = record, writes, clock
        self._again_seconds = again_seconds
        self._missed_at: dict[str, float] = {}

    async def run(self) -> None:
        """For ever. Errors: StoreFailed."""
        while True:
            if self._writes():
                await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """One round. Errors: StoreFailed."""
        members = self._members()
        due: list[tuple[int, Event]] = [*self._returns(members), *self._missed(members)]
        await asyncio.gather(*(self._record(partition, [event]) for partition, event in due))

    def _returns(self, members: Members) -> Iterator[tuple[int, NodeReturned]]:
        for partition, nodes in enumerate(members.by_partition):
            own = nodes.get(self._own)
            if own is not None and own.away:
                yield partition, NodeReturned(self._own, own.absences)

    def _missed(self, members: Members) -> Iterator[tuple[int, NodeMissed]]:
        now, silent = self._clock(), self._waits.silent
        self._missed_at = {name: at for name, at in self._missed_at.items() if name in silent}
        for name in sorted(members.others().keys() & silent):
            if now - self._missed_at.get(name, -inf) < self._again_seconds:
                continue
            self._missed_at[name] = now
            for partition, nodes in enumerate(members.by_partition):
                if name in nodes and not nodes[name].away:
                    yield partition, NodeMissed(name, self._own)
