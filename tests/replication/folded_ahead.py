"""The fold that goes ahead, in this process: what a second one does, without its messages."""

import asyncio
from collections import deque

from replication.fold.ahead_store import Changes
from replication.fold.fold_ahead import Batch, FoldAhead, Unusual
from replication.fold.materializer import Identity
from replication.fold.taking_ahead import GivenUp
from replication.state.state_store import StateStore


class AheadHere:
    """An `Ahead` that folds a batch as it is given, whatever has been committed by then."""

    def __init__(self, behind: StateStore, identity: Identity) -> None:
        self._fold = FoldAhead(behind, identity.region, identity.partitions)
        self._folded: deque[Changes | Unusual] = deque()
        self.given: list[Batch] = []

    async def give(self, batch: Batch) -> None:
        await asyncio.sleep(0)
        self.given.append(batch)
        try:
            self._folded.append(self._fold.fold(batch))
        except Unusual as unusual:
            self._folded.append(unusual)

    async def take(self) -> Changes:
        await asyncio.sleep(0)
        folded = self._folded.popleft()
        if isinstance(folded, Unusual):
            raise GivenUp(str(folded))
        return folded
