"""A witness is told to forget a region: what its operator gives up by that stands in its log first.

Owns the order: the record in every partition, the first one last; then, at each node that meets it there, what was read
of the region and is not adopted yet is let go, and the file is set aside. A node that was away does so when it is back.
The interleaving against which it is let go: the peer has read number 7 and waits for what it
rests on; the region, put back to 5, is told by a pulse that 6 is all that the peer has, comes home, and shares another
7; and the peer adopts the first one. So is what its pulses said: a third region that comes home would wait for ever for
what this one had adopted of it, and has not any more. A region that was put back, and that this
witness contradicts, is served again once none contradicts it; nobody can tell any more that it was put back, but by
these records and by checkpoints that were exported.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from replication.records.position import EMPTY_HEAD
from replication.witness.checkpoint import furthest
from services.region_node.changes.recording import Place, row_of
from services.region_node.operator.questions import Verb
from services.region_node.witness.seen_of_peers import SeenOfPeers
from shared.errors import DependencyTimeout
from shared.rebuild.events import RegionForgotten, forgotten_stream
from shared.rebuild.model import Forgotten

FIRST_PARTITION = 0
"""Where a node looks: what stands there stands in all."""


class Forgetting:
    """Of one node. `peers`: of whom it has seen anything. `let_go` forgets what is read of one and not adopted."""

    def __init__(
        self, place: Place, peers: Sequence[str], seen: SeenOfPeers, let_go: Callable[[str], Awaitable[None]]
    ) -> None:
        self._place, self._peers, self._seen, self._let_go = place, peers, seen, let_go
        self._following = asyncio.Lock()
        self.answers: Mapping[str, Callable[..., Awaitable[Any]]] = {
            Verb.SEEN_OF: self.seen_of,
            Verb.FORGET_WITNESSED: self.forget,
        }

    async def seen_of(self, region: str) -> tuple[int, int, int] | None:
        """How many records of the region's log this node has seen, when it signed them last, in milliseconds, and how
        much is proven against it; None where nothing was seen."""
        seen = self._seen.of(region)
        if not seen.highest:
            return None
        records = sum(furthest(seen.highest, partition).sequence for partition in range(self._place.partitions))
        return records, max(one.checkpoint.time for one in seen.highest), len(seen.evidence)

    async def forget(self, region: str) -> None:
        """For all nodes. Errors: DependencyTimeout where a partition does not write: nothing is forgotten then."""
        highest = self._seen.of(region).highest
        for partition in reversed(range(self._place.partitions)):
            head = furthest(highest, partition) if highest else EMPTY_HEAD
            if not await self._place.record(partition, [RegionForgotten(region, head.sequence, head.digest)]):
                raise DependencyTimeout(f"Partition {partition} does not write at the moment: nothing is forgotten")
        await self.follow()

    async def follow(self) -> None:
        """Forget what the region's log says, where this node has not yet."""
        async with self._following:
            for region in self._peers:
                told = self._told(region)
                if told is not None and told.at > self._seen.forgotten_at(region):
                    await self._let_go(region)
                    self._seen.forget(region, told.at)

    def _told(self, region: str) -> Forgotten | None:
        with self._place.store.read() as snapshot:
            state = row_of(snapshot, FIRST_PARTITION, forgotten_stream(region)).state
        return state if isinstance(state, Forgotten) else None
