"""A witness is told to forget a region: what its operator gives up by that stands in its log first.

Owns the order: the record in every partition, then the file is set aside. A region that was put back, and that this
witness contradicts, is served again once none contradicts it; nobody can tell any more that it was put back, but by
these records and by checkpoints that were exported.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from replication.checkpoint import furthest
from services.region_node.operator_questions import Verb
from services.region_node.recording import Place
from services.region_node.witness.seen_of_peers import SeenOfPeers
from shared.errors import DependencyTimeout
from shared.rebuild.errors import NothingSeen
from shared.rebuild.events import WitnessForgotten


class Forgetting:
    """Of one node."""

    def __init__(self, place: Place, seen: SeenOfPeers) -> None:
        self._place, self._seen = place, seen
        self.answers: Mapping[str, Callable[..., Awaitable[Any]]] = {
            Verb.SEEN_OF: self.seen_of,
            Verb.FORGET_WITNESSED: self.forget,
        }

    async def seen_of(self, region: str) -> tuple[int, int, int] | None:
        """How many records of the region's log were seen, when it signed them last, in milliseconds, and how much is
        proven against it; None where nothing was seen."""
        seen = self._seen.of(region)
        if not seen.highest:
            return None
        records = sum(furthest(seen.highest, partition).sequence for partition in range(self._place.partitions))
        return records, max(one.checkpoint.time for one in seen.highest), len(seen.evidence)

    async def forget(self, region: str) -> None:
        """Errors: NothingSeen; DependencyTimeout where a partition does not write: nothing is forgotten then."""
        highest = self._seen.of(region).highest
        if not highest:
            raise NothingSeen(f"{self._place.region} has seen nothing of {region}")
        for partition in range(self._place.partitions):
            head = furthest(highest, partition)
            if not await self._place.record(partition, [WitnessForgotten(region, head.sequence, head.digest)]):
                raise DependencyTimeout(f"Partition {partition} does not write at the moment: nothing is forgotten")
        self._seen.forget(region)
