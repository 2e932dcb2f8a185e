"""Publication: what this region shares, signed and appended to its shared log.

Owns the way from the outbox, which the fold fills, to the shared log. A record may be published twice, after a crash or
an unknown outcome; its bytes are then the same, and readers order by number.
"""

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

from replication.fold.known_log import require_known_log
from replication.log.event_log import Entry, EventLog, LogError, LogTruncated
from replication.records.record import NotARecord, Record, decode_envelope, decode_record, encode_record
from replication.state.partition_head import PartitionHead
from replication.state.state_store import OUTBOX, PARTITIONS, Snapshot, StateStore, numbered_key, partition_prefix

GROUP_MOST = 500
RETRY_SECONDS = 1.0


class Signing(NamedTuple):
    """`sign` makes the Ed25519 signature of `region`."""

    region: str
    sign: Callable[[bytes], bytes]


class Publisher:
    """Publishes one partition. `trouble` is told what hinders the shared log, "" when it is over; `tell`, what has just
    been published: the signed bytes of records.
    """

    def __init__(
        self,
        store: StateStore,
        log: EventLog,
        signing: Signing,
        partition: int,
        trouble: Callable[[str], None],
        tell: Callable[[Sequence[bytes]], None] = lambda _signed: None,
    ) -> None:
        self._store = store
        self._log = log
        self._signing = signing
        self._partition = partition
        self._trouble, self._tell = trouble, tell
        self.published = 0
        """Up to this number everything stands in the shared log."""

    async def open(self) -> None:
        """Find out what of the outbox was published before: after a rebuild the outbox is the whole history.

        Only what stands in the log byte for byte counts as published. Goes on trying while the log is away, is another
        one, or ends before what was published: new numbers would stand there where no peer looks for them.
        """
        while True:
            try:
                await self._compare()
            except LogError as error:
                self._trouble(str(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._trouble("")
                return

    async def _compare(self) -> None:
        """Errors: LogError; LogTruncated for another log, and where records are missing that were published."""
        await require_known_log(self._store, self._log)
        self.published = self._before_outbox()
        position, end = self.published, await self._log.end(self._partition)
        if position > end:
            raise LogTruncated(f"{self._log.name}/{self._partition} ends at {end}, but {position} were published")
        while position < end and (entries := await self._log.read(self._partition, position, GROUP_MOST)):
            self._forget(self._standing(entries))
            position = entries[-1].position + 1
            await asyncio.sleep(0)
        self.published = self._before_outbox()

    def _before_outbox(self) -> int:
        """The number before the first that waits. Number n never stands before position n - 1."""
        prefix = partition_prefix(self._partition)
        with self._store.read() as snapshot:
            for key, _ in snapshot.scan(OUTBOX, prefix, prefix):
                return int.from_bytes(key[2:], "big") - 1
            return PartitionHead.decode(snapshot.get(PARTITIONS, prefix)).shared.sequence

    def _standing(self, entries: Sequence[Entry]) -> list[int]:
        with self._store.read() as snapshot:
            numbers = [self._number(snapshot, entry.record) for entry in entries]
        return [number for number in numbers if number is not None]

    def _number(self, snapshot: Snapshot, encoded: bytes) -> int | None:
        """The number of a record that waits to be published and already is."""
        try:
            signed = decode_record(encoded).signed
            number = decode_envelope(signed).sequence
        except NotARecord:
            return None
        if signed != snapshot.get(OUTBOX, numbered_key(self._partition, number)):
            return None
        return number if encoded == self._record(signed) else None

    def _record(self, signed: bytes) -> bytes:
        return encode_record(Record(signed, self._signing.region, self._signing.sign(signed)))

    async def publish(self) -> None:
        """Publish all that waits; goes on trying while the log is away."""
        while pending := self._pending():
            try:
                await self._log.append(self._partition, [self._record(signed) for _, signed in pending])
            except LogError as error:
                self._trouble(str(error))
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self._trouble("")
            self._forget([number for number, _ in pending])
            self.published = pending[-1][0]
            self._tell([signed for _, signed in pending])

    def _pending(self) -> list[tuple[int, bytes]]:
        prefix = partition_prefix(self._partition)
        with self._store.read() as snapshot:
            rows = list(islice(snapshot.scan(OUTBOX, prefix, prefix), GROUP_MOST))
        return [(int.from_bytes(key[2:], "big"), signed) for key, signed in rows]

    def _forget(self, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        with self._store.write() as transaction:
            for number in numbers:
                transaction.delete(OUTBOX, numbered_key(self._partition, number))
