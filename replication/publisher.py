"""Publication: what this region shares, signed and appended to its shared log.

Owns the way from the outbox, which the fold fills, to the shared log. A record may be published twice, after a crash or
an unknown outcome; its bytes are then the same, and readers order by number.
"""

import asyncio
from collections.abc import Callable
from itertools import islice

from replication.event_log import EventLog, LogError
from replication.record import NotARecord, Record, decode_envelope, decode_record, encode_record
from replication.state_store import OUTBOX, StateStore, numbered_key, partition_prefix

GROUP_MOST = 500
RETRY_SECONDS = 1.0


class Publisher:
    """Publishes one partition. `sign` makes the region's Ed25519 signature."""

    def __init__(
        self, store: StateStore, log: EventLog, region: str, partition: int, sign: Callable[[bytes], bytes]
    ) -> None:
        self._store = store
        self._log = log
        self._region = region
        self._partition = partition
        self._sign = sign
        self.published = 0
        """The greatest number known to stand in the shared log."""

    async def open(self) -> None:
        """Find out what was published before, so that a rebuilt region does not publish its whole history again."""
        end = await self._log.end(self._partition)
        for entry in await self._log.read(self._partition, max(0, end - 16), 16):
            self.published = max(self.published, self._own_number(entry.record))

    def _own_number(self, encoded: bytes) -> int:
        try:
            record = decode_record(encoded)
            number = decode_envelope(record.signed).sequence
        except NotARecord:
            return 0
        return number if record.key_id == self._region and record.proof == self._sign(record.signed) else 0

    async def publish(self) -> None:
        """Publish all that waits; goes on trying while the log is away."""
        while pending := self._pending():
            records = [
                encode_record(Record(signed, self._region, self._sign(signed)))
                for number, signed in pending
                if number > self.published
            ]
            try:
                await self._log.append(self._partition, records)
            except LogError:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self.published = max(self.published, pending[-1][0])
            self._forget([number for number, _ in pending])

    def _pending(self) -> list[tuple[int, bytes]]:
        prefix = partition_prefix(self._partition)
        with self._store.read() as snapshot:
            rows = list(islice(snapshot.scan(OUTBOX, prefix, prefix), GROUP_MOST))
        return [(int.from_bytes(key[2:], "big"), signed) for key, signed in rows]

    def _forget(self, numbers: list[int]) -> None:
        with self._store.write() as transaction:
            for number in numbers:
                transaction.delete(OUTBOX, numbered_key(self._partition, number))
