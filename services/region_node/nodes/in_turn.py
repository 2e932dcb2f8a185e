"""Adoptions in turn: where a region has several nodes, one of them adopts and the others look on.

Owns the delay. Two nodes that adopt the same record do no harm, for the second adoption is void; but each would do all
of the work. So a node that does not lead waits a while, and adopts only what is still to be adopted then. One that
lacks a key of its region waits longer, though it leads: *it was away when an epoch began, and would adopt without its
secret what every other node can open.* It adopts in the end: no revocation waits for a key.
"""

import asyncio
from collections.abc import Callable

from replication.fold.judge import Verdict
from replication.records.position import EMPTY_HEAD
from replication.state.partition_head import PartitionHead
from replication.writing.author import PartitionAuthor
from replication.writing.draft import Answer, Draft
from services.region_node.replicator.partitions import BEHIND_LEADER_SECONDS


class InTurn:
    """Of one partition. `leads`: whether this node is the first to adopt; `lacks`: whether a key is lacking here."""

    def __init__(
        self,
        leads: Callable[[], bool],
        lacks: Callable[[], bool],
        head: Callable[[], PartitionHead],
        author: PartitionAuthor,
    ) -> None:
        self._leads, self._lacks, self._head, self._author = leads, lacks, head, author

    async def submit(self, draft: Draft) -> Answer:
        """The verdict on an adoption: APPLIED where another node's came first, which is not submitted again."""
        if self._lacks():
            await asyncio.sleep(2 * BEHIND_LEADER_SECONDS)
        elif not self._leads():
            await asyncio.sleep(BEHIND_LEADER_SECONDS)
        if self._is_adopted(draft):
            return Answer(str(Verdict.APPLIED), "", self._head().head.sequence)
        return await self._author.submit(draft)

    def _is_adopted(self, draft: Draft) -> bool:
        if draft.origin is None:
            return False
        region, number, _ = draft.origin
        return self._head().adopted.get(region, EMPTY_HEAD).sequence >= number
