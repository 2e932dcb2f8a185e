"""A long log is folded by two: this process reads, proves and commits, another one folds meanwhile.

Owns the order of the two, and what is committed: only changes from records that were found authentic here, in the order
of the log, whole batches. Where the other process fails, stops at something unusual, or answers for another range,
nothing of that batch is committed, and the ordinary fold goes on from the last commit.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from replication.fold.ahead_store import Changes
from replication.fold.fold_ahead import Batch
from replication.fold.materializer import Materializer
from replication.log.event_log import Entry, EventLog
from replication.records.own_record import vouch
from replication.records.record import RecordKey
from replication.state.state_store import ADAPTER, position_key
from replication.writing.author import READ_MOST


class GivenUp(Exception):
    """What is folded ahead ends here. The message says why."""


class Ahead(Protocol):
    """A `FoldAhead` that works on its own: what is given is folded in that order, and taken in that order."""

    async def give(self, batch: Batch) -> None:
        """Returns once the batch is being folded. Errors: GivenUp."""

    async def take(self) -> Changes:
        """Errors: GivenUp."""


class TakingAhead:
    """Of one partition of the region's own log, from where the state is up to `end`."""

    def __init__(self, log: EventLog, materializer: Materializer, key: RecordKey, partition: int, end: int) -> None:
        self._log, self._materializer, self._key = log, materializer, key
        self._partition, self._end = partition, end
        self._committed = 0

    async def run(self, ahead: Ahead, applied: Callable[[], None], most: int = READ_MOST) -> None:
        """Commit what can be folded ahead, `most` entries at a time. Errors: LogError."""
        folding: Batch | None = None
        try:
            while batch := await self._after(folding, most):
                if folding is None:
                    await ahead.give(batch)
                else:
                    # The other process takes the next batch the moment it has answered for the one before.
                    _, changes = await asyncio.gather(ahead.give(batch), ahead.take())
                    self._commit(folding, changes)
                    applied()
                folding = batch
            if folding is not None:
                self._commit(folding, await ahead.take())
                applied()
        except GivenUp:
            return

    async def _after(self, batch: Batch | None, most: int) -> Batch | None:
        """The next entries of the log, where there are any and all of them are this region's records."""
        position = self._materializer.position(self._partition) if batch is None else batch.positions[-1] + 1
        if position >= self._end or self._partition in self._materializer.waiting():
            return None
        entries = await self._log.read(self._partition, position, most)
        records = self._vouched(entries)
        if not entries or len(records) < len(entries):
            return None
        return Batch(self._partition, self._committed, [entry.position for entry in entries], records)

    def _vouched(self, entries: Sequence[Entry]) -> list[bytes]:
        return [record for entry in entries if (record := vouch(entry.record, self._key)) is not None]

    def _commit(self, batch: Batch, changes: Changes) -> None:
        position = (batch.positions[-1] + 1).to_bytes(8, "big")
        if (position_key(self._partition), position) not in changes.put.get(ADAPTER, ()):
            raise GivenUp("what was folded ahead is not what was asked for")
        self._materializer.take(self._partition, changes)
        self._committed += 1
