"""What an adoption holds: a peer's shared record, as far as this version can read it.

Owns the reading. The peer's record keeps its own time, so that shared state is the same in all regions.
"""

from collections.abc import Mapping
from typing import NamedTuple

from replication.records.body import decode_adoption, decode_shared
from replication.records.record import READER_VERSION, Envelope, NotARecord, decode_envelope, decode_record
from shared.event_codec import UnknownEvent
from shared.events import Event


class Adopted(NamedTuple):
    """`events` is None where they cannot be read, and `reason` says why."""

    time: int
    rewrapped: Mapping[str, bytes]
    events: tuple[Event, ...] | None
    reason: str = ""


def read_adoption(envelope: Envelope) -> Adopted:
    """Read the body of an adoption. It never raises: what cannot be read freezes the streams that the record names."""
    time, rewrapped = envelope.time, dict[str, bytes]()
    try:
        adoption = decode_adoption(envelope.body or b"")
        inner = decode_envelope(decode_record(adoption.shared_record).signed)
        time, rewrapped = inner.time, dict(adoption.rewrapped)
        least_reader = max(envelope.least_reader, inner.least_reader)
        if least_reader > READER_VERSION:
            raise UnknownEvent(f"it needs a reader of version {least_reader}")
        return Adopted(time, rewrapped, decode_shared(inner.shared or b""))
    except (UnknownEvent, NotARecord) as error:
        return Adopted(time, rewrapped, None, str(error))
