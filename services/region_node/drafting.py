"""From a decision to the draft of its record.

Owns what a draft takes from the decision and from the snapshot it was made against: the revisions it rests on, the
domain key of its secrets, what is shared and what is not.
"""

from collections.abc import Iterator

from replication.body import encode_change, encode_shared
from replication.draft import Draft
from replication.record import Request
from shared.crypto.wrapped_secret import decode_wrapped_secret
from shared.decision import Decision, StateView
from shared.errors import InternalFailure
from shared.events import AccessKeyCreated, Event, materials_of, stream_of
from shared.key_stores.events import KeyStoreCreated, KeyStoreUpdated


def draft_of(
    decision: Decision, view: StateView, partition: int, command_id: bytes, request: Request | None = None
) -> Draft:
    """The draft of a decision that was made against `view`. `request` is None where no client has asked."""
    streams = dict.fromkeys((*map(stream_of, decision.events), *decision.rests_on))
    return Draft(
        partition=partition,
        command_id=command_id,
        streams=tuple((stream, view.revision(stream)) for stream in streams),
        domain=_domain(decision.events),
        request=request,
        shared=encode_shared(decision.shared_events) if decision.shared_events else None,
        body=encode_change(decision.answer, decision.events),
    )


def _domain(events: tuple[Event, ...]) -> tuple[int, int] | None:
    """Bucket and epoch of the domain key under which the events' secrets are wrapped. One record knows one."""
    places = {decode_wrapped_secret(wrapped)[:2] for event in events for wrapped in _wrapped(event)}
    if len(places) > 1:
        raise InternalFailure("the secrets of one record are wrapped under several domain keys")
    return places.pop() if places else None


def _wrapped(event: Event) -> Iterator[bytes]:
    born = materials_of(event)
    yield from (material.wrapped for material in born if material.wrapped is not None)
    if isinstance(event, AccessKeyCreated | KeyStoreCreated | KeyStoreUpdated) and event.wrapped is not None:
        yield event.wrapped
