"""A node catches up: it folds its region's log to the end that it has at the start.

Owns that every partition is looked at, what is told of it meanwhile, and that a log that is away is waited for. So is
one of which nothing is this region's: what a node with other keys wrote there, no other node of the region would read.
Of a long log most is folded by two processes (`folding_ahead.py`).
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from replication.fold.materializer import Materializer
from replication.log.event_log import EventLog, LogError
from replication.writing.author import PartitionAuthor
from services.region_node.replicator.opening import RETRY_SECONDS, Hindered
from services.region_node.replicator.status import ReplicatorStatus
from services.region_node.state.building import Building
from services.region_node.state.folding_ahead import FoldingAhead


class ForeignLog(LogError):
    """The log has entries, and none of them is a record of this region."""

    remedy = "Give this node the region's keys: let it join by a token, or restore it; or name the log that is its own."


class CatchingUp:
    """Of one node."""

    def __init__(
        self,
        materializer: Materializer,
        ahead: FoldingAhead,
        building: Building,
        status: ReplicatorStatus,
        hindered: Hindered,
    ) -> None:
        self._materializer, self._ahead, self._building = materializer, ahead, building
        self._status, self._hindered = status, hindered

    async def run(self, local: EventLog, authors: Sequence[PartitionAuthor]) -> None:
        """Fold to the end that the log has now."""
        while True:
            try:
                return await self._fold(local, authors)
            except LogError as error:
                self._building.mark()  # what is whole does not wait for a log that is away
                self._hindered(f"the region's log cannot be read: {error}", error)
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                self._status.progress = str

    async def _fold(self, local: EventLog, authors: Sequence[PartitionAuthor]) -> None:
        ends = await asyncio.gather(*(local.end(author.partition) for author in authors))
        self._building.expect({author.partition: end for author, end in zip(authors, ends, strict=True)})
        for author, end in zip(authors, ends, strict=True):
            self._status.hindrance = f"partition {author.partition} is being caught up"
            self._status.progress = partial(self._read, author.partition, end)
            await self._ahead.run(local, author.partition, end)
            await author.catch_up(end)
            self._building.look(author.partition)
        self._require_own(local.name, ends)
        self._building.mark()

    def _require_own(self, name: str, ends: Sequence[int]) -> None:
        is_own = any(self._materializer.head(partition).head.sequence for partition in range(len(ends)))
        if any(ends) and not is_own and not self._materializer.waiting():
            raise ForeignLog(f"{name} has entries, and none of them is authentic under the keys of this node")

    def _read(self, partition: int, end: int) -> str:
        return f"{self._materializer.position(partition):,} of {end:,} entries read"
