"""The fold that goes ahead of the state: what a second process does of a rebuild.

Owns the words between the two, and that only what is ordinary is folded ahead: at the first thing that an operator
would be told of it stops, and the process that writes the state folds on by itself, from its last commit. Here nothing
is proven and nothing is written: the records come vouched for, and the changes go back.
"""

import msgspec

from replication.fold.ahead_store import AheadStore, Changes
from replication.fold.materializer import Alarm, Identity, Materializer
from replication.log.event_log import Entry
from replication.records.own_record import read_vouched
from replication.records.record import RecordKey
from replication.state.state_store import StateStore

_NO_KEY = RecordKey("", b"")
"""Whoever folds vouched records proves none."""


class Batch(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The next entries of a partition, their records vouched for. `committed`: how many batches the state has."""

    partition: int
    committed: int
    positions: list[int]
    records: list[bytes]


class Unusual(Exception):
    """The batch holds what an operator is told of, or what waits: it is not folded ahead."""


class FoldAhead:
    """Over the state that lies behind, which it only reads."""

    def __init__(self, behind: StateStore, region: str, partitions: int) -> None:
        self._store = AheadStore(behind)
        self._alarms: list[Alarm] = []
        identity = Identity(region, partitions, _NO_KEY)
        self._materializer = Materializer(self._store, identity, self._alarms.append, read_vouched)

    def fold(self, batch: Batch) -> Changes:
        """What the batch changes, as if it were one transaction after those before it. Errors: Unusual."""
        self._store.caught_up(batch.committed)
        entries = [*map(Entry, batch.positions, batch.records)]
        self._materializer.apply(batch.partition, entries)
        if self._alarms:
            raise Unusual(self._alarms[0].reason)
        return self._store.last()
