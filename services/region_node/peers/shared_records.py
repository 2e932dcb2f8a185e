"""What any region has shared, as it is known here: record by record, for who looks at it again.

Owns that a region's own records come from its own shared log, where nobody but itself is believed, and those of others
from their adoptions.
"""

from collections.abc import Sequence

from replication.log.event_log import Entry
from replication.records.record import Envelope, NotARecord, decode_envelope, decode_record
from replication.records.shared_record import read_shared_record
from replication.sharing.handed_on import HandedOn, Readable
from shared.crypto.region_identity import verify_signature

READ_MOST = 500
READ_MOST_BYTES = 8 << 20


class SharedRecords:
    """`own`: the region's own shared log, and `identity` what its signatures are verified by."""

    def __init__(self, region: str, own: Readable, identity: bytes, handed_on: HandedOn) -> None:
        self._region, self._own, self._identity, self._handed_on = region, own, identity, handed_on

    async def after(self, region: str, partition: int, number: int) -> list[Envelope]:
        """Some records of `region` that follow `number`, in their order; none where it has none. Errors: LogError."""
        if region == self._region:
            return await self._of_own(partition, number)
        entries = await self._handed_on.read(region, partition, number + 1, READ_MOST, READ_MOST_BYTES)
        return [decode_envelope(decode_record(entry.record).signed) for entry in entries]

    async def _of_own(self, partition: int, number: int) -> list[Envelope]:
        """Record n stands at position n - 1 or later; a record may stand there twice."""
        found: list[Envelope] = []
        position = number
        while not found and (entries := await self._own.read(partition, position, READ_MOST)):
            position = entries[-1].position + 1
            for envelope in self._read(partition, entries):
                if envelope.sequence == number + len(found) + 1:
                    found.append(envelope)
        return found

    def _read(self, partition: int, entries: Sequence[Entry]) -> list[Envelope]:
        envelopes = []
        for entry in entries:
            try:
                envelopes.append(read_shared_record(entry.record, self._region, partition, self._verify).envelope)
            except NotARecord:
                continue
        return envelopes

    def _verify(self, signed: bytes, signature: bytes) -> bool:
        return verify_signature(self._identity, signed, signature)
