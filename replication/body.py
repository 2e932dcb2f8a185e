"""What stands in a record: its body, which only its own region folds, and its shared part, which peers get.

Owns the shared part, [streams, events]: the names stand beside the events, so that what is published never depends on
what the publishing program can read of them. Owns the two bodies: a change (the answer that a repeated command gets,
and the events), and an adoption (the shared record exactly as its region signed it, and its secrets wrapped again for
this region, by secret id).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgpack

from shared.event_codec import UnknownEvent, decode_events, encode_events
from shared.events import Event, stream_of


class Change(NamedTuple):
    answer: str
    events: tuple[Event, ...]


class Adoption(NamedTuple):
    shared_record: bytes
    rewrapped: Mapping[str, bytes]


def encode_change(answer: str, events: Iterable[Event]) -> bytes:
    return bytes(msgpack.packb((answer, encode_events(events))))


def decode_change(body: bytes) -> Change:
    """Errors: UnknownEvent."""
    try:
        answer, encoded = msgpack.unpackb(body, use_list=False)
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise UnknownEvent(f"the body is no change: {type(error).__name__}") from error
    if type(answer) is not str:
        raise UnknownEvent("the body is no change: its answer is no text")
    return Change(answer, decode_events(encoded))


def encode_shared(events: Iterable[Event]) -> bytes:
    """The shared part of a record: the streams that peers will see touched, and the events."""
    shared = tuple(events)
    streams = tuple(dict.fromkeys(stream_of(event) for event in shared))
    return bytes(msgpack.packb((streams, encode_events(shared))))


def shared_streams(shared: bytes) -> tuple[str, ...]:
    """The streams that a shared part names, whatever its events are. Errors: UnknownEvent."""
    return _shared(shared)[0]


def decode_shared(shared: bytes) -> tuple[Event, ...]:
    """Errors: UnknownEvent."""
    return decode_events(_shared(shared)[1])


def _shared(shared: bytes) -> tuple[tuple[str, ...], bytes]:
    try:
        streams, events = msgpack.unpackb(shared, use_list=False)
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise UnknownEvent(f"not a shared part: {type(error).__name__}") from error
    if type(streams) is not tuple or not all(type(name) is str for name in streams) or type(events) is not bytes:
        raise UnknownEvent("a shared part holds names and events")
    return streams, events


def encode_adoption(adoption: Adoption) -> bytes:
    return bytes(msgpack.packb((adoption.shared_record, dict(sorted(adoption.rewrapped.items())))))


def decode_adoption(body: bytes) -> Adoption:
    """Errors: UnknownEvent."""
    try:
        adoption = Adoption._make(msgpack.unpackb(body, use_list=False))
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise UnknownEvent(f"the body is no adoption: {type(error).__name__}") from error
    if type(adoption.rewrapped) is not dict or not {bytes}.issuperset(map(type, adoption.rewrapped.values())):
        raise UnknownEvent("the body is no adoption: its secrets are no map of bytes")
    return adoption
