"""One partition of a running node: its author, its publisher, and a mirror for every peer.

Owns their tasks and what they tell each other. A fault of one partition, or of one peer, stops nothing else.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from replication.sharing.mirror import Mirror
from replication.sharing.publisher import Publisher
from replication.state.state_store import StoreFailed
from replication.writing.author import PartitionAuthor

log = logging.getLogger(__name__)

RESTART_SECONDS = 1.0
BEHIND_LEADER_SECONDS = 3.0
"""So long a node leaves to another one what only one of them has to do."""


@dataclass(slots=True)
class Partition:
    """`changed` is set after records of the partition have been applied."""

    author: PartitionAuthor
    publisher: Publisher
    changed: asyncio.Event
    leads: Callable[[], bool] = lambda: True
    """Whether this node is the first to publish; another one does it only where that one does not."""
    mirrors: list[Mirror] = field(default_factory=list)

    @property
    def number(self) -> int:
        return self.author.partition

    def start(self, group: asyncio.TaskGroup) -> None:
        """Write and publish for as long as `group` runs."""
        group.create_task(kept_running(f"author {self.number}", self.author.run))
        group.create_task(kept_running(f"publisher {self.number}", self._publish))

    def adopt(self, group: asyncio.TaskGroup, mirror: Mirror) -> None:
        """Adopt from one more peer."""
        self.mirrors.append(mirror)
        group.create_task(kept_running(f"mirror {self.number}", mirror.run))

    async def _publish(self) -> None:
        await self.publisher.open()
        while True:
            self.changed.clear()
            if not self.leads():
                await asyncio.sleep(BEHIND_LEADER_SECONDS)
                await self.publisher.open()  # what stands in the shared log by now is published
            await self.publisher.publish()
            await self.changed.wait()


async def kept_running(name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run for ever: what ends or fails is said and started again. Errors: StoreFailed: then nothing can go on."""
    while True:
        try:
            await run()
        except StoreFailed:
            raise
        except Exception:
            log.exception("a part of the replicator failed and is started again", extra={"part": name})
        await asyncio.sleep(RESTART_SECONDS)


def heed_a_stop() -> None:
    """A group that ends for a fault passes over a cancellation that comes meanwhile (CPython before 3.13)."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do it again and again, with a pause between."""
    while True:
        await work()
        await asyncio.sleep(seconds)
