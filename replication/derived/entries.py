"""Audit entries that follow from a record of a region's own log, to the byte and from the record alone.

Owns which calls and which of the region's own doings a record tells of. A record that was applied gives: the call that
has made it, if a client has asked; and what CloudTrail calls service events (rotation, deletion, expiry), or, of what
was adopted from a peer, synchronization. A void record tells of nothing: that is the caller's to know.
Source: AWS KMS Developer Guide, "Logging AWS KMS API calls with AWS CloudTrail".
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from msgspec.structs import replace

from replication.derived.facts import ADDITIONAL, RESPONSES, SERVICE_EVENTS, Facts, arns_of
from replication.records.adopted import read_adoption
from replication.records.body import decode_change
from replication.records.record import Envelope, Request
from shared.audit.entry import FORM, GRANTS, AuditEntry, Identity, Origin
from shared.event_codec import UnknownEvent
from shared.events import Event, KeyFamilyCreated, KeyReplicated, stream_of
from shared.identifiers import key_arn

READ_ONLY = frozenset({"DescribeKey"})
"""Operations that may leave a record and change nothing of the client's: CloudTrail calls them readOnly."""
_KINDS = ((":root", "Root"), (":user/", "IAMUser"), (":assumed-role/", "AssumedRole"))
"""What an ARN holds -> how CloudTrail calls its owner: for records that do not say it."""


def derived_entries(envelope: Envelope, number: int) -> tuple[AuditEntry, ...]:
    """Those of the record with this number in its partition, in their order. None of what this version cannot read."""
    origin = Origin(envelope.log, envelope.partition, number)
    try:
        return tuple(_entries(envelope, origin))
    except UnknownEvent:
        return ()


def _entries(envelope: Envelope, origin: Origin) -> Iterator[AuditEntry]:
    if envelope.body is None:
        return
    facts = Facts(envelope.author.region, envelope.time)
    if envelope.origin is not None:
        yield from _adopted(envelope, facts, envelope.origin[0], origin)
        return
    events = decode_change(envelope.body).events
    if envelope.request is not None:
        yield _call(envelope.request, events, facts, origin)
    for event in events:
        if type(event) not in SERVICE_EVENTS:
            continue
        operation, tell = SERVICE_EVENTS[type(event)]
        if (details := tell(event)) is not None:
            yield _internal(operation, arns_of((event,), facts.region), facts, origin, details=details)


def _call(request: Request, events: tuple[Event, ...], facts: Facts, origin: Origin) -> AuditEntry:
    response, additional = dict[str, object](), dict[str, object]()
    for event in events:
        for told, table in ((response, RESPONSES), (additional, ADDITIONAL)):
            if type(event) in table:
                told.update(table[type(event)](event, facts))
    if request.grants:
        additional[GRANTS] = [*request.grants]
    resources = arns_of(events, facts.region)
    keys = [arn for arn in resources if ":key/" in arn]
    if not response and keys:
        response["KeyId"] = keys[0]  # as CloudTrail does, also where the answer has nothing
    return AuditEntry(
        form=FORM,
        time=facts.time,
        service=request.service or "kms",
        operation=request.operation,
        identity=request.identity or _identity(request),
        request_id=request.request_id,
        source_address=request.source_address,
        user_agent=request.user_agent,
        secure=request.secure,
        parameters=request.parameters,
        response=response or None,
        additional=additional or None,
        resources=resources,
        error=None,
        changes=request.operation not in READ_ONLY,
        waited=True,
        origin=origin,
    )


def _identity(request: Request) -> Identity:
    """Of a record that was written before it said who that was."""
    arn = request.caller
    kind = next((kind for part, kind in _KINDS if part in arn), "IAMUser")
    account = arn.split(":")[4] if arn.count(":") > 4 else ""
    return Identity(kind, account, arn, "", request.access_key_id)


def _adopted(envelope: Envelope, facts: Facts, author: str, origin: Origin) -> Iterator[AuditEntry]:
    """What a peer's record brings: a replica that begins here, or the news of a key that is here."""
    events = read_adoption(envelope).events or ()
    begun = [event for event in events if _begins_here(event, facts.region)]
    request_id = str(UUID(bytes=envelope.record_id))
    for event in begun:
        yield _internal("CreateKey", arns_of((event,), facts.region), facts, origin, request_id)
    for account, key_id in _keys(event for event in events if event not in begun):
        primary = key_arn(author, account, key_id)
        told = _internal("SynchronizeMultiRegionKey", (primary,), facts, origin, request_id)
        yield replace(told, response={"KeyId": primary})


def _begins_here(event: Event, region: str) -> bool:
    if isinstance(event, KeyReplicated):
        return event.replica_region == region
    return isinstance(event, KeyFamilyCreated) and region in event.replica_regions


def _keys(events: Iterable[Event]) -> Iterator[tuple[str, str]]:
    """The keys that the events are about, each once."""
    for stream in dict.fromkeys(map(stream_of, events)):
        kind, _, rest = stream.partition("/")
        if kind == "key":
            account, _, key_id = rest.partition("/")
            yield account, key_id


def _internal(
    operation: str,
    resources: tuple[str, ...],
    facts: Facts,
    origin: Origin,
    request_id: str = "",
    details: dict[str, object] | None = None,
) -> AuditEntry:
    """What the region did by itself."""
    return AuditEntry(
        form=FORM,
        time=facts.time,
        service="kms",
        operation=operation,
        identity=None,
        request_id=request_id,
        source_address="",
        user_agent="",
        secure=False,
        parameters=None,
        response=None,
        additional=None,
        resources=resources,
        error=None,
        changes=True,
        waited=True,
        details=details,
        origin=origin,
    )
