"""What a shared record about a multi-region key means beyond its events: where it stands, and that it is remembered.

Owns what the fold is told of such a record, and the step that remembers it with its key (`shared/keys/remembering.py`).
In its own region it is remembered in the form that peers get, so that all regions remember the same.
"""

from collections.abc import Iterable, Mapping

import msgspec

from replication.records.body import decode_shared
from replication.records.record import Envelope
from replication.state.partition_head import PartitionHead
from shared.event_codec import UnknownEvent
from shared.events import Event, stream_of
from shared.evolve import State
from shared.fold import Fold
from shared.keys.model import Key
from shared.keys.remembering import remember


def change_fold(region: str, envelope: Envelope, head: PartitionHead) -> Fold:
    """For a change of the own region."""
    if envelope.shared is None:
        return Fold(region, envelope.time)
    number = head.shared.sequence + 1
    adopted = head.adopted_numbers()
    asked_by = envelope.request.caller if envelope.request is not None else ""
    known = {**head.known, region: adopted}
    return Fold(region, envelope.time, None, {}, number, envelope.key_epoch, asked_by, adopted, known)


def adoption_fold(
    region: str, envelope: Envelope, time: int, rewrapped: Mapping[str, bytes], head: PartitionHead
) -> Fold:
    """For the adoption of a record with the author's `time`."""
    origin, number, _ = envelope.origin or ("", 0, b"")
    known = {**head.known, region: head.adopted_numbers()}
    return Fold(
        region, time, origin, rewrapped, number, envelope.key_epoch, adopted=envelope.adopted or {}, known=known
    )


def homecoming_fold(region: str, envelope: Envelope, time: int, head: PartitionHead) -> Fold:
    """For a record of the own region that was lost here and has come back: nothing in it is of another region."""
    return msgspec.structs.replace(adoption_fold(region, envelope, time, {}, head), origin=None)


def shared_events(envelope: Envelope, before: Iterable[State | None]) -> tuple[Event, ...]:
    """What peers get of a change about a key that is there `before` it; nothing of any other, which costs a rebuild."""
    if envelope.shared is None or not any(isinstance(state, Key) for state in before):
        return ()
    try:
        return decode_shared(envelope.shared)
    except UnknownEvent:
        return ()


def with_history(states: dict[str, State | None], said: Iterable[Event], fold: Fold) -> None:
    """Remember what was said of keys with each key that is there after the record."""
    by_stream: dict[str, list[Event]] = {}
    for event in said:
        by_stream.setdefault(stream_of(event), []).append(event)
    for stream, events in by_stream.items():
        key = states.get(stream)
        if isinstance(key, Key):
            states[stream] = remember(key, events, fold)
