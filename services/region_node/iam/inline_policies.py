"""Policies that stand with a user, a group or a role: putting, getting, deleting and listing them.

One function makes the handler for each kind of holder.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from services.region_node.iam.holders import HOLDERS
from services.region_node.iam.pages import listed_of
from services.region_node.requests.call import Call
from shared.identity import decide_policies as decide
from shared.identity.errors import NoSuchEntity
from shared.identity.policy_commands import DeleteInlinePolicy, Named, PutInlinePolicy


def put(kind: str) -> Callable[[Call, Any], Awaitable[None]]:
    async def put_policy(call: Call, request: Any) -> None:
        entity = Named(kind, name_in(request, kind))
        command = PutInlinePolicy(
            call.region, call.caller.account, entity, request.policy_name, request.policy_document
        )
        await call.change(lambda view: decide.put_inline_policy(command, view))

    return put_policy


def delete(kind: str) -> Callable[[Call, Any], Awaitable[None]]:
    async def delete_policy(call: Call, request: Any) -> None:
        entity = Named(kind, name_in(request, kind))
        command = DeleteInlinePolicy(call.region, call.caller.account, entity, request.policy_name)
        await call.change(lambda view: decide.delete_inline_policy(command, view))

    return delete_policy


def get(kind: str, response: Callable[[str, str, str], Any]) -> Callable[[Call, Any], Any]:
    """`response(name of the holder, name of the policy, document)`. Errors of the handler: NoSuchEntity."""

    def get_policy(call: Call, request: Any) -> Any:
        name = name_in(request, kind)
        for policy_name, document in HOLDERS[kind](call, name).inline:
            if policy_name == request.policy_name:
                return response(name, policy_name, document)
        raise NoSuchEntity(f"The {kind} policy with name {request.policy_name} cannot be found.")

    return get_policy


def list_names(kind: str, response: Callable[[tuple[str, ...], bool, str | None], Any]) -> Callable[[Call, Any], Any]:
    def list_policies(call: Call, request: Any) -> Any:
        holder = HOLDERS[kind](call, name_in(request, kind))
        names = tuple(policy_name for policy_name, _ in holder.inline)
        page = listed_of(call, request, holder.arn, names, str)
        return response(page.items, page.truncated, page.next_marker)

    return list_policies


def name_in(request: Any, kind: str) -> str:
    """The holder's name: a request about a user has `user_name`, and so on."""
    return str(getattr(request, f"{kind}_name"))
