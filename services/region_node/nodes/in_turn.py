"""Adoptions in turn: where a region has several nodes, one of them adopts and the others look on.

Owns the delay. Two nodes that adopt the same record do no harm, for the second adoption is void; but each would do all
of the work. So a node that does not lead waits a while, and adopts only what is still to be adopted then.
"""

import asyncio
from collections.abc import Callable

from replication.author import PartitionAuthor
from replication.draft import Answer, Draft
from replication.head import PartitionHead
from replication.judge import Verdict
from replication.position import EMPTY_HEAD
from services.region_node.partitions import BEHIND_LEADER_SECONDS


class InTurn:
    """Of one partition. `leads`: whether this node is the first to adopt."""

    def __init__(self, leads: Callable[[], bool], head: Callable[[], PartitionHead], author: PartitionAuthor) -> None:
        self._leads, self._head, self._author = leads, head, author

    async def submit(self, draft: Draft) -> Answer:
        """The verdict on an adoption; that of another node's where it came first."""
        if not self._leads():
            await asyncio.sleep(BEHIND_LEADER_SECONDS)
        if self._is_adopted(draft):
            return Answer(str(Verdict.APPLIED), "", self._head().head.sequence)
        return await self._author.submit(draft)

    def _is_adopted(self, draft: Draft) -> bool:
        if draft.origin is None:
            return False
        region, number, _ = draft.origin
        return self._head().adopted.get(region, EMPTY_HEAD).sequence >= number
