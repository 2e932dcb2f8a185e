"""What a region has shared and lost, and takes back from its peers: the fold of such a record.

Owns what makes it the next, and what its events make of a state at home. A region that was restored from a backup ends
at number n of what it has shared, and its peers have adopted more. Those numbers are given: given again to other
records, they would be two histories for every peer. So the region takes its own signed bytes back, from whoever has
them, as an adoption whose origin is itself, before it shares anything new. They come into the outbox as they are, and
are published again.

A shared record tells less than the one it was made from: no secrets but sealed ones, and no settings of the region.
Materials come sealed again (`services/region_node/erasure/lacking.py`); a key that was made since then is disabled, for
its own policy is lost.
"""

from collections.abc import Iterator

from replication.records.body import decode_adoption
from replication.records.position import Head
from replication.records.record import Envelope, NotARecord, decode_envelope, decode_record, record_hash
from shared.event_codec import UnknownEvent
from shared.events import Event, KeyCreated, KeyDisabled
from shared.keys.specs import EXTERNAL


def next_lost(envelope: Envelope, shared: Head) -> bytes | None:
    """The signed bytes of the shared record that comes home in `envelope`; None if it is not the next after
    `shared`."""
    if envelope.origin is None:
        return None
    _, number, hash_ = envelope.origin
    try:
        signed = decode_record(decode_adoption(envelope.body or b"").shared_record).signed
        inner = decode_envelope(signed)
    except (UnknownEvent, NotARecord):
        return None
    follows = (inner.sequence, inner.previous, number) == (shared.sequence + 1, shared.digest, inner.sequence)
    return signed if follows and record_hash(signed) == hash_ else None


def as_come_home(events: tuple[Event, ...] | None) -> tuple[Event, ...] | None:
    """The events, and what follows from what they do not tell any more."""
    return None if events is None else tuple(_with_consequences(events))


def _with_consequences(events: tuple[Event, ...]) -> Iterator[Event]:
    for event in events:
        yield event
        if isinstance(event, KeyCreated) and event.origin != EXTERNAL:
            yield KeyDisabled(event.account, event.key_id)
