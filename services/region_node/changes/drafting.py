"""From a decision to the draft of its record.

Owns what a draft takes from the decision and from the snapshot it was made against: the revisions it rests on, the
domain key of its secrets, what is shared and what is not.
"""

from itertools import chain

from replication.records.body import decode_change, decode_shared, encode_change, encode_shared
from replication.records.record import Request
from replication.writing.draft import Draft, domain_of
from services.region_node.changes.carried_secrets import wrapped_in
from shared.decision import Decision, StateView
from shared.events import stream_of
from shared.keys.saying import said_in_epochs


def draft_of(
    decision: Decision, view: StateView, partition: int, command_id: bytes, request: Request | None = None
) -> Draft:
    """The draft of a decision that was made against `view`. `request` is None where no client has asked.

    Errors: ValueError for secrets under several domain keys, UnknownEvent for events that nobody could read back. They
    are faults of the program, which in a record would freeze the streams for good.
    """
    streams = dict.fromkeys((*map(stream_of, decision.events), *decision.rests_on))
    body = encode_change(decision.answer, decision.events)
    decode_change(body)
    shared_events, key_epoch = said_in_epochs(decision.shared_events, view)
    shared = encode_shared(shared_events) if shared_events else None
    if shared is not None:
        decode_shared(shared)
    return Draft(
        partition=partition,
        command_id=command_id,
        streams=tuple((stream, view.revision(stream)) for stream in streams),
        key_epoch=key_epoch,
        domain=domain_of(chain.from_iterable(map(wrapped_in, decision.events))),
        request=request,
        shared=shared,
        body=body,
    )
