"""Looking records up in the own shared log, for whoever waits until others have it.

Owns `OwnHistory`: however often a record is asked for, each entry of the log is looked at once. A record that does not
stand there yet may come, and one that somebody made up never does: neither may keep the replicator reading.
"""

import asyncio
from typing import NamedTuple, TypeAlias

from replication.log.event_log import EventLog
from replication.records.change_position import HASH_DIGITS, Shared
from replication.records.position import Head
from replication.records.record import NotARecord, decode_envelope, decode_record, record_hash

READ_MOST = 100
SOUGHT_MOST = 5_000
"""Entries among which a number is looked for: behind its place there is little but what was published twice."""


class Found(NamedTuple):
    """A record of the own shared log. `time`: its author's, in milliseconds."""

    head: Head
    time: int


Sought: TypeAlias = Head | Shared | int
"""A record by its hash; or by its number, which anybody may have written down: nothing else of it is believed."""


class OwnHistory:
    """Of one partition."""

    def __init__(self, shared: EventLog, partition: int) -> None:
        self._shared, self._partition = shared, partition
        self._looked_at: dict[Sought, int] = {}
        """What is sought -> up to which position of the log it is not there."""

    async def find(self, sought: Sought) -> Found | None:
        """Number n never stands before position n - 1. Errors: LogError."""
        first = _number(sought) - 1
        position = self._looked_at.get(sought, first)
        last = min(await self._shared.end(self._partition), first + SOUGHT_MOST)
        while position < last and (entries := await self._shared.read(self._partition, position, READ_MOST)):
            for entry in entries:
                found = _read(entry.record)
                if found is not None and _is(found.head, sought):
                    return found
            position = self._looked_at[sought] = entries[-1].position + 1
            await asyncio.sleep(0)  # changes and pulses take their turn
        return None


def _number(sought: Sought) -> int:
    if isinstance(sought, int):
        return sought
    return sought.number if isinstance(sought, Shared) else sought.sequence


def _is(head: Head, sought: Sought) -> bool:
    if isinstance(sought, Shared):
        return sought == Shared(head.sequence, head.digest.hex()[:HASH_DIGITS])
    return sought in (head, head.sequence)


def _read(encoded: bytes) -> Found | None:
    try:
        signed = decode_record(encoded).signed
        envelope = decode_envelope(signed)
    except NotARecord:
        return None
    return Found(Head(envelope.sequence, record_hash(signed)), envelope.time)
