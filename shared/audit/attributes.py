"""By which attributes an entry is found: CloudTrail's LookupAttributes, and three more.

Owns the names, and what each says of an entry. Source: AWS CloudTrail API Reference, "LookupAttribute".
"""

from collections.abc import Iterator
from functools import lru_cache

from shared.audit.cloudtrail import EVENT_SOURCES, error_code, resource_type
from shared.audit.cloudtrail_identity import user_name
from shared.audit.entry import AuditEntry, Identity, accounts_of
from shared.audit.frame import entry_id

EVENT_ID, REQUEST_ID = "EventId", "RequestId"
LOOKUP_ATTRIBUTES = (
    EVENT_ID, "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId"
)  # fmt: skip
"""Those of LookupEvents."""
ATTRIBUTES = (*LOOKUP_ATTRIBUTES, REQUEST_ID, "ErrorCode", "SourceAddress")
OF_ONE_CALL = frozenset({EVENT_ID, REQUEST_ID})
"""Attributes whose values say whose they are: no account has those of another's calls."""

Attribute = tuple[str, str]


def attributes_of(entry: AuditEntry) -> tuple[Attribute, ...]:
    """Name and value of each, but for EventId, which says which account's copy it is."""
    error = entry.error[0] if entry.error else ""
    what = (entry.service, entry.operation, entry.changes, error, entry.resources)
    common = _common_attributes(entry.identity, entry.source_address, *what)
    return (*common, (REQUEST_ID, entry.request_id)) if entry.request_id else common


@lru_cache(maxsize=4096)
def _common_attributes(identity: Identity | None, source_address: str, *what: object) -> tuple[Attribute, ...]:
    """What many entries have in common."""
    return tuple(dict.fromkeys((*_of_call(source_address, *what), *_of_caller(identity))))  # type: ignore[arg-type]


def _of_call(
    source_address: str, service: str, operation: str, changes: bool, error: str, resources: tuple[str, ...]
) -> Iterator[Attribute]:
    yield "EventName", operation
    yield "EventSource", EVENT_SOURCES.get(service, service)
    yield "ReadOnly", "false" if changes else "true"
    if error:
        yield "ErrorCode", error_code(error)
    if source_address:
        yield "SourceAddress", source_address
    for resource in resources:
        yield "ResourceName", resource
        if kind := resource_type(resource):
            yield "ResourceType", kind


def _of_caller(identity: Identity | None) -> Iterator[Attribute]:
    if identity is not None:
        if name := user_name(identity) or identity.kind.lower():
            yield "Username", name
        if identity.access_key_id:
            yield "AccessKeyId", identity.access_key_id


def event_ids(entry: AuditEntry, leaf: bytes, chain: str, number: int) -> tuple[str, ...]:
    """CloudTrail's eventID of each account's copy."""
    return tuple([entry_id(leaf, chain, number, account) for account in accounts_of(entry)])
