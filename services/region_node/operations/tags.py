"""TagResource, UntagResource, ListResourceTags."""

from collections.abc import Mapping

from services.region_node.authorization.permission import require_on_key
from services.region_node.operations import rules
from services.region_node.operations.pagination import PageSize, list_scope, page_of
from services.region_node.operations.resolve import resolve_key, resolve_name
from services.region_node.operations.types.common import Tag
from services.region_node.operations.types.tags import (
    ListResourceTagsRequest,
    ListResourceTagsResponse,
    TagResourceRequest,
    UntagResourceRequest,
)
from services.region_node.requests.call import Call
from shared.errors import InvalidTag
from shared.events import Tags
from shared.keys import commands, decide
from shared.keys.commands import KeyName
from shared.keys.lookup import held_key
from shared.keys.sharing import GRANTS, REPLICATE_TAG, named_by
from shared.keys.synchronous import SYNCHRONOUS_TAG, asked_by

LIST_RESOURCE_TAGS_PAGE = PageSize(default=50, most=50)


async def tag_resource(call: Call, request: TagResourceRequest) -> None:
    name = resolve_name(call, request.key_id, rules.TAG_RESOURCE)
    _require_for_other_regions(call, name, dict(request.tags))
    require_known_regions(call, request.tags)
    command = commands.TagResource(name, request.tags, call.quotas.tags_per_key)
    await call.change(lambda view: decide.tag_resource(command, view))


async def untag_resource(call: Call, request: UntagResourceRequest) -> None:
    name = resolve_name(call, request.key_id, rules.UNTAG_RESOURCE)
    _require_for_other_regions(call, name, dict.fromkeys(request.tag_keys, ""))
    command = commands.UntagResource(name, request.tag_keys)
    await call.change(lambda view: decide.untag_resource(command, view))


def _require_for_other_regions(call: Call, name: KeyName, tags: Mapping[str, str]) -> None:
    """What a change of these tags needs besides: who says where a policy and grants hold, makes them there; and who
    lets changes wait for other regions, may hold up all of them.

    Errors: AccessDenied.
    """
    if tags.keys().isdisjoint((REPLICATE_TAG, SYNCHRONOUS_TAG)):
        return
    key = held_key(call.view, name)
    require_on_key(call, rules.PUT_KEY_POLICY, key)
    if GRANTS in named_by(tuple(tags.items())):
        require_on_key(call, rules.CREATE_GRANT, key)


def require_known_regions(call: Call, tags: Tags) -> None:
    """Refuse a demand that no change could ever meet. Errors: InvalidTag."""
    demand, known = asked_by(tags), call.vault.peer_regions()
    if demand.many > len(known):
        raise InvalidTag(f"{call.region} knows {len(known)} other regions: no change could wait for {demand.many}")
    if unknown := sorted(demand.regions - known - {call.region}):
        raise InvalidTag(f"{call.region} knows no region {unknown[0]}")


def list_resource_tags(call: Call, request: ListResourceTagsRequest) -> ListResourceTagsResponse:
    key = resolve_key(call, request.key_id, rules.LIST_RESOURCE_TAGS)
    page = page_of(
        list_scope(call, "ListResourceTags", key.key_id),
        request.marker,
        LIST_RESOURCE_TAGS_PAGE.of(request.limit),
        lambda after: (tag for tag in key.tags if tag[0] > after),
        lambda tag: tag[0],
    )
    return ListResourceTagsResponse(tuple(Tag(*tag) for tag in page.items), page.next_marker, page.truncated)
