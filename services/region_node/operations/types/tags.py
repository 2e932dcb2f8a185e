"""TagResource, UntagResource, ListResourceTags."""

from typing import NamedTuple

from services.region_node.operations.types.common import KeyIdentifierText, Limit, Marker, Tag, TagKey


class TagResourceRequest(NamedTuple):
    key_id: KeyIdentifierText
    tags: tuple[Tag, ...]


class UntagResourceRequest(NamedTuple):
    key_id: KeyIdentifierText
    tag_keys: tuple[TagKey, ...]


class ListResourceTagsRequest(NamedTuple):
    key_id: KeyIdentifierText
    limit: Limit | None = None
    marker: Marker | None = None


class ListResourceTagsResponse(NamedTuple):
    tags: tuple[Tag, ...]
    next_marker: Marker | None
    truncated: bool
