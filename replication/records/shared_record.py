"""A record of another region's shared log, as it is believed.

Owns the check of one record by itself. That it is the next, and follows the one before, the mirror sees.
"""

from collections.abc import Callable
from typing import NamedTuple

from replication.records.record import Envelope, NotARecord, decode_envelope, decode_record, record_hash
from replication.sharing.publication import shared_log


class SharedRecord(NamedTuple):
    """A shared record whose signature holds. `encoded` is the whole record as it arrived."""

    envelope: Envelope
    hash: bytes
    encoded: bytes


def read_shared_record(
    encoded: bytes, region: str, partition: int, verify: Callable[[bytes, bytes], bool]
) -> SharedRecord:
    """Read a record of `region`. `verify(signed, signature)` uses its pinned card.

    Errors: NotARecord, also for one that is not the region's, or belongs elsewhere.
    """
    record = decode_record(encoded)
    if not verify(record.signed, record.proof):
        raise NotARecord("its signature does not fit the pinned card")
    envelope = decode_envelope(record.signed)
    if envelope.log != shared_log(region) or envelope.partition != partition:
        raise NotARecord(f"it belongs to {envelope.log} {envelope.partition}")
    if envelope.sequence == 0:
        raise NotARecord("its number is 0, and the first is 1")
    return SharedRecord(envelope, record_hash(record.signed), encoded)
