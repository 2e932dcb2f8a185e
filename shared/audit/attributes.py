"""By which attributes an entry is found: CloudTrail's LookupAttributes, and three more.

Owns the names, and what each says of an entry. Source: AWS CloudTrail API Reference, "LookupAttribute".
"""

from functools import lru_cache

from shared.audit.cloudtrail import EVENT_SOURCES, error_code, resource_type
from shared.audit.cloudtrail_identity import user_name
from shared.audit.entry import AuditEntry, Identity, accounts_of
from shared.audit.frame import entry_id

EVENT_ID, REQUEST_ID, SOURCE_ADDRESS = "EventId", "RequestId", "SourceAddress"
LOOKUP_ATTRIBUTES = (
    EVENT_ID, "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId"
)  # fmt: skip
"""Those of LookupEvents."""
ATTRIBUTES = (*LOOKUP_ATTRIBUTES, REQUEST_ID, "ErrorCode", SOURCE_ADDRESS)
OF_ONE_CALL = frozenset({EVENT_ID, REQUEST_ID})
"""Attributes whose values say whose they are: no account has those of another's calls."""

Attribute = tuple[str, str]


def attributes_of(entry: AuditEntry) -> tuple[Attribute, ...]:
    """Name and value of each, but for EventId, which says which account's copy it is."""
    error = entry.error[0] if entry.error else ""
    return (
        *_of_call(entry.service, entry.operation, entry.changes, error),
        *_of_caller(entry.identity),
        *_of_resources(entry.resources),
        *((SOURCE_ADDRESS, entry.source_address),) * bool(entry.source_address),
        *((REQUEST_ID, entry.request_id),) * bool(entry.request_id),
    )


@lru_cache(maxsize=1024)
def _of_call(service: str, operation: str, changes: bool, error: str) -> tuple[Attribute, ...]:
    return (
        ("EventName", operation),
        ("EventSource", EVENT_SOURCES.get(service, service)),
        ("ReadOnly", "false" if changes else "true"),
        *(("ErrorCode", error_code(error)),) * bool(error),
    )


@lru_cache(maxsize=16384)
def _of_caller(identity: Identity | None) -> tuple[Attribute, ...]:
    if identity is None:
        return ()
    return ("Username", caller_name(identity)), *(("AccessKeyId", identity.access_key_id),) * bool(
        identity.access_key_id
    )


@lru_cache(maxsize=16384)
def _of_resources(resources: tuple[str, ...]) -> tuple[Attribute, ...]:
    kinds = [("ResourceType", kind) for resource in resources if (kind := resource_type(resource))]
    return tuple(dict.fromkeys((*(("ResourceName", resource) for resource in resources), *kinds)))


def caller_name(identity: Identity) -> str:
    """CloudTrail's Username: of the user, or of the session; `root` of the account itself."""
    return user_name(identity) or identity.kind.lower()


def event_ids(entry: AuditEntry, leaf: bytes, chain: str, number: int) -> tuple[str, ...]:
    """CloudTrail's eventID of each account's copy."""
    return tuple([entry_id(leaf, chain, number, account) for account in accounts_of(entry)])
