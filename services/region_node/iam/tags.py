"""The tags of users, roles, policies and providers.

One function makes the handler for each kind. `member` is where a request names what it is about: a name or an ARN.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from services.region_node.iam.holders import policy_at, provider_at, role_named, user_named
from services.region_node.iam.pages import listed_of
from services.region_node.iam.rendering import pairs_of, tags_of
from services.region_node.iam.types.common import Tag
from services.region_node.requests.call import Call
from shared.identity import decide_policies as decide
from shared.identity.model import OidcProvider, Policy, Role, User
from shared.identity.naming import OIDC_PROVIDER, POLICY, ROLE, USER
from shared.identity.policy_commands import Named, TagEntity, UntagEntity

Handler = Callable[[Call, Any], Awaitable[None]]
Tagged = User | Role | Policy | OidcProvider

MEMBERS = {
    USER: "user_name",
    ROLE: "role_name",
    POLICY: "policy_arn",
    OIDC_PROVIDER: "openid_connect_provider_arn",
}
_FINDERS: dict[str, Callable[[Call, str], Tagged]] = {
    USER: user_named,
    ROLE: role_named,
    POLICY: policy_at,
    OIDC_PROVIDER: provider_at,
}


def tag(kind: str) -> Handler:
    async def tag_entity(call: Call, request: Any) -> None:
        command = TagEntity(call.region, call.caller.account, _named(kind, request), pairs_of(request.tags))
        await call.change(lambda view: decide.tag_entity(command, view))

    return tag_entity


def untag(kind: str) -> Handler:
    async def untag_entity(call: Call, request: Any) -> None:
        command = UntagEntity(call.region, call.caller.account, _named(kind, request), request.tag_keys)
        await call.change(lambda view: decide.untag_entity(command, view))

    return untag_entity


def list_tags(kind: str, response: Callable[[tuple[Tag, ...], bool, str | None], Any]) -> Callable[[Call, Any], Any]:
    def list_of(call: Call, request: Any) -> Any:
        entity = _FINDERS[kind](call, getattr(request, MEMBERS[kind]))
        page = listed_of(call, request, entity.arn, tags_of(entity.tags), lambda tag: tag.key)
        return response(page.items, page.truncated, page.next_marker)

    return list_of


def _named(kind: str, request: Any) -> Named:
    return Named(kind, getattr(request, MEMBERS[kind]))
