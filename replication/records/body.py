"""What stands in a record: its body, which only its own region folds, and its shared part, which peers get.

Owns the shared part, [streams, events]: the names stand beside the events, so that what is published never depends on
what the publishing program can read of them. Owns the two bodies: a change (the answer that a repeated command gets,
and the events), and an adoption (the shared record exactly as its region signed it, and its secrets wrapped again for
this region, by secret id).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from replication.records.record import UNREADABLE
from shared.event_codec import UnknownEvent, decode_events, encode_events
from shared.events import Event, stream_of


class Change(msgspec.Struct, frozen=True, gc=False):
    answer: str
    events: tuple[Event, ...]


class Adoption(NamedTuple):
    shared_record: bytes
    rewrapped: Mapping[str, bytes]


_write = msgspec.msgpack.Encoder().encode
_read_change = msgspec.msgpack.Decoder(tuple[str, bytes]).decode
_read_shared = msgspec.msgpack.Decoder(tuple[tuple[str, ...], bytes]).decode
_read_adoption = msgspec.msgpack.Decoder(Adoption).decode


def encode_change(answer: str, events: Iterable[Event]) -> bytes:
    return _write((answer, encode_events(events)))


def decode_change(body: bytes) -> Change:
    """Errors: UnknownEvent."""
    try:
        answer, encoded = _read_change(body)
    except UNREADABLE as error:
        raise UnknownEvent(f"the body is no change: {type(error).__name__}") from error
    return Change(answer, decode_events(encoded))


def encode_shared(events: Iterable[Event]) -> bytes:
    """The shared part of a record: the streams that peers will see touched, and the events."""
    shared = tuple(events)
    streams = tuple(dict.fromkeys(stream_of(event) for event in shared))
    return _write((streams, encode_events(shared)))


def shared_streams(shared: bytes) -> tuple[str, ...]:
    """The streams that a shared part names, whatever its events are. Errors: UnknownEvent."""
    return _shared(shared)[0]


def decode_shared(shared: bytes) -> tuple[Event, ...]:
    """Errors: UnknownEvent."""
    return decode_events(_shared(shared)[1])


def _shared(shared: bytes) -> tuple[tuple[str, ...], bytes]:
    try:
        return _read_shared(shared)
    except UNREADABLE as error:
        raise UnknownEvent(f"not a shared part: {type(error).__name__}") from error


def encode_adoption(adoption: Adoption) -> bytes:
    return _write((adoption.shared_record, dict(sorted(adoption.rewrapped.items()))))


def decode_adoption(body: bytes) -> Adoption:
    """Errors: UnknownEvent."""
    try:
        return _read_adoption(body)
    except UNREADABLE as error:
        raise UnknownEvent(f"the body is no adoption: {type(error).__name__}") from error
