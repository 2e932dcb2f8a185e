"""Comparing a region's own log with what its witnesses have shown.

Owns the findings: of each witness the worst of all that it has shown, by the hashes that the state remembers, and by
the log for those of longer ago, or further than it has been read.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from replication.fold.history import history_digest
from replication.fold.materializer import Identity, Materializer
from replication.log.event_log import EventLog
from replication.records.position import Head
from replication.state.state_store import Snapshot, StateStore
from replication.witness.checkpoint import Seen
from replication.witness.read_extension import read_extension
from replication.witness.witness_rule import OPEN, Finding, Found, compare

READING_SECONDS = 0.1
_WORST_FIRST = (Found.FORKED, Found.SHORT, Found.BEHIND, Found.UNKNOWN, Found.EXTENDS)
_DETAILS: Mapping[Found, str] = {
    Found.FORKED: "its log has another history of partition {partition} up to record {signed} than it has signed, as "
    "{witness} has seen",
    Found.SHORT: "its log has {held} records of partition {partition}, and has signed {signed}, as {witness} has seen",
}
Place = tuple[int, Head]
"""A partition, and a head of it that the region has signed."""


class Comparison:
    """Of one region. `shown`: what it has signed, by witness."""

    def __init__(self, store: StateStore, materializer: Materializer, identity: Identity) -> None:
        self._store, self._materializer, self._identity = store, materializer, identity
        self.shown: dict[str, Sequence[Seen]] = {}
        self._settled: dict[Place, Found] = {}

    def findings(self) -> dict[str, Finding]:
        """By witness."""
        with self._store.read() as snapshot:
            return {
                witness: self._finding(witness, self._compared(snapshot, shown))
                for witness, shown in self.shown.items()
            }

    async def settle(self, local: EventLog) -> None:
        """Ask the log what it alone can tell. Errors: LogError."""
        with self._store.read() as snapshot:
            compared = [one for shown in self.shown.values() for one in self._compared(snapshot, shown)]
        places = dict.fromkeys(place for found, place in compared if found in OPEN)
        for place in places:
            self._settled[place] = await self._of_log(local, place)

    async def _of_log(self, local: EventLog, place: Place) -> Found:
        partition, signed = place
        end = await local.end(partition)
        while not self._has_read(partition, end):  # noqa: ASYNC110 - the author reads on, without a sign
            await asyncio.sleep(READING_SECONDS)
        with self._store.read() as snapshot:
            found = self._found(snapshot, place)
        if found is Found.BEHIND:
            return Found.SHORT
        return found if found not in OPEN else await read_extension(local, self._identity, partition, signed)

    def _has_read(self, partition: int, end: int) -> bool:
        """A partition that waits for a missing record gets no further, either."""
        return partition in self._materializer.waiting() or self._materializer.position(partition) >= end

    def _compared(self, snapshot: Snapshot, shown: Iterable[Seen]) -> list[tuple[Found, Place]]:
        partitions = range(self._identity.partitions)
        places = {(partition, seen.checkpoint.head(partition)) for seen in shown for partition in partitions}
        return [(self._found(snapshot, place), place) for place in sorted(places, key=_order)]

    def _found(self, snapshot: Snapshot, place: Place) -> Found:
        partition, signed = place
        head = self._materializer.head(partition).head
        found = compare(head, partial(history_digest, snapshot, partition), signed)
        return self._settled.get(place, found) if found in OPEN else found

    def _finding(self, witness: str, compared: Sequence[tuple[Found, Place]]) -> Finding:
        found, place = min(compared, key=lambda one: _WORST_FIRST.index(one[0]), default=(Found.EXTENDS, None))
        if place is None or found not in _DETAILS:
            return Finding(found)
        partition, signed = place
        held = self._materializer.head(partition).head.sequence
        detail = _DETAILS[found].format(partition=partition, signed=signed.sequence, held=held, witness=witness)
        return Finding(found, detail)


def _order(place: Place) -> tuple[int, int]:
    return place[0], place[1].sequence
