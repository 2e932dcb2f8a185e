"""Handing on: the shared records of other regions, as this region has adopted them, for whoever lacks them.

Owns finding record n of a region in the own log, where its adoption holds the bytes as their author signed them. The
signature makes the carrier irrelevant: what a lost region had given to anybody can reach everybody.

Where an adoption stands is noted beside the state, one row for each transaction that adopts: the first number that it
adopts -> the position of the first entry that it folds. Numbers are kept as what they lack of 2**64, so that the first
row from a number on is that of the greatest number not above it. The rows follow from how the log was read, and are no
part of the digest.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from replication.log.event_log import Entry
from replication.records.body import decode_adoption
from replication.records.own_record import read_own_record
from replication.records.position import EMPTY_HEAD, Head
from replication.records.record import Envelope, RecordKey
from replication.sharing.publication import local_log
from replication.state.partition_head import PartitionHead
from replication.state.state_store import ADAPTER, PARTITIONS, StateStore, Transaction, partition_prefix
from shared.event_codec import UnknownEvent

READ_MOST = 500
ROWS = b"adopted/"
"""With this begin the names in ADAPTER of the rows that say where adoptions stand."""
_BEYOND = 1 << 64


def note_adoptions(
    transaction: Transaction, partition: int, before: Mapping[str, Head], after: Mapping[str, Head], position: int
) -> None:
    """Note where the adoptions of a transaction begin, which has brought the partition from `before` to `after`."""
    for region, head in after.items():
        first = before.get(region, EMPTY_HEAD).sequence + 1
        if head.sequence >= first:
            transaction.put(ADAPTER, _key(partition, region, first), position.to_bytes(8, "big"))


def _rows(partition: int, region: str) -> bytes:
    return ROWS + partition_prefix(partition) + region.encode() + b"/"


def _key(partition: int, region: str, number: int) -> bytes:
    return _rows(partition, region) + (_BEYOND - number).to_bytes(8, "big")


class Readable(Protocol):
    async def read(self, partition: int, start: int, limit: int) -> Sequence[Entry]:
        """As `EventLog.read`."""


class HandedOn:
    """What one region has adopted. `local`: its own log, whose records are authenticated under `key`."""

    def __init__(self, region: str, store: StateStore, local: Readable, key: RecordKey) -> None:
        self._log, self._store, self._local, self._key = local_log(region), store, local, key

    async def read(self, region: str, partition: int, start: int, limit: int, most_bytes: int) -> Sequence[Entry]:
        """Records of `region` from number `start` on, one by one, record n at position n - 1; none where it has none.

        At most `limit`, and it ends with the one that reaches `most_bytes`. Errors: LogError.
        """
        found: list[Entry] = []
        many = min(limit, self._adopted(region, partition) - start + 1)
        size = position = 0
        while len(found) < many and size < most_bytes:
            # What lies between two transactions that adopt is passed over without reading it.
            position = max(position, self._position(region, partition, start + len(found)))
            entries = await self._local.read(partition, position, READ_MOST)
            if not entries:
                break
            for entry in entries:
                record = self._adoption(entry.record, region, partition, start + len(found))
                if record is not None and len(found) < many and size < most_bytes:
                    found.append(Entry(start + len(found) - 1, record))
                    size += len(record)
            position = entries[-1].position + 1
            await asyncio.sleep(0)  # changes and pulses take their turn
        return found

    def _adopted(self, region: str, partition: int) -> int:
        with self._store.read() as snapshot:
            head = PartitionHead.decode(snapshot.get(PARTITIONS, partition_prefix(partition)))
        return head.adopted.get(region, EMPTY_HEAD).sequence

    def _position(self, region: str, partition: int, number: int) -> int:
        """Where reading for the record has to begin."""
        with self._store.read() as snapshot:
            rows = snapshot.scan(ADAPTER, _key(partition, region, number), _rows(partition, region))
            return next((int.from_bytes(position, "big") for _, position in rows), 0)

    def _adoption(self, encoded: bytes, region: str, partition: int, number: int) -> bytes | None:
        """The shared record, if the entry is the adoption of that one."""
        envelope = read_own_record(encoded, self._key, self._log, partition).envelope
        if envelope is None or envelope.origin is None or envelope.origin[:2] != (region, number):
            return None
        return _shared_record(envelope)


def _shared_record(envelope: Envelope) -> bytes | None:
    try:
        return decode_adoption(envelope.body or b"").shared_record
    except UnknownEvent:
        return None
