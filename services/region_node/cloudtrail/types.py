"""LookupEvents and ListPublicKeys: the requests and their answers. Source: AWS CloudTrail API reference."""

from typing import NamedTuple

from services.region_node.wire.shapes import Timestamp


class LookupAttribute(NamedTuple):
    attribute_key: str
    attribute_value: str


class LookupEventsRequest(NamedTuple):
    """Events from `start_time` to `end_time`, both included, newest first."""

    lookup_attributes: tuple[LookupAttribute, ...] | None = None
    start_time: Timestamp | None = None
    end_time: Timestamp | None = None
    event_category: str | None = None
    max_results: int | None = None
    next_token: str | None = None


class Resource(NamedTuple):
    resource_type: str
    resource_name: str


class Event(NamedTuple):
    """`cloud_trail_event`: the event whole, as JSON."""

    event_id: str
    event_name: str
    read_only: str
    access_key_id: str | None
    event_time: Timestamp
    event_source: str
    username: str | None
    resources: tuple[Resource, ...]
    cloud_trail_event: str


class LookupEventsResponse(NamedTuple):
    events: tuple[Event, ...]
    next_token: str | None = None


class ListPublicKeysRequest(NamedTuple):
    """Keys that were valid at some time from `start_time` to `end_time`."""

    start_time: Timestamp | None = None
    end_time: Timestamp | None = None
    next_token: str | None = None


class PublicKey(NamedTuple):
    """`value`: PKCS #1, DER (RFC 8017). `fingerprint`: as the digests name it."""

    value: bytes
    validity_start_time: Timestamp
    validity_end_time: Timestamp
    fingerprint: str


class ListPublicKeysResponse(NamedTuple):
    public_key_list: tuple[PublicKey, ...]
    next_token: str | None = None
