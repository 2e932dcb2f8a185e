"""Managed policies with users, groups and roles: attaching, detaching and listing them; permissions boundaries.

One function makes the handler for each kind of holder.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from services.region_node.iam.holders import HOLDERS
from services.region_node.iam.inline_policies import name_in
from services.region_node.iam.pages import listed_of
from services.region_node.iam.types.attached_policies import AttachedPolicy
from services.region_node.requests.call import Call
from shared.decision import Decision, StateView
from shared.identity import decide_policies as decide
from shared.identity.naming import PolicyArn, parse_policy_arn
from shared.identity.policy_commands import AttachPolicy, DeleteBoundary, DetachPolicy, Named, PutBoundary

Command = TypeVar("Command")
Handler = Callable[[Call, Any], Awaitable[None]]


def attach(kind: str) -> Handler:
    return _changing(kind, AttachPolicy, decide.attach_policy)


def detach(kind: str) -> Handler:
    return _changing(kind, DetachPolicy, decide.detach_policy)


def _changing(
    kind: str, command_of: Callable[[str, str, Named, str], Command], decision: Callable[[Command, StateView], Decision]
) -> Handler:
    async def change(call: Call, request: Any) -> None:
        entity = Named(kind, name_in(request, kind))
        command = command_of(call.region, call.caller.account, entity, request.policy_arn)
        await call.change(lambda view: decision(command, view))

    return change


def put_boundary(kind: str) -> Handler:
    async def put(call: Call, request: Any) -> None:
        entity = Named(kind, name_in(request, kind))
        command = PutBoundary(call.region, call.caller.account, entity, request.permissions_boundary)
        await call.change(lambda view: decide.put_boundary(command, view))

    return put


def delete_boundary(kind: str) -> Handler:
    async def delete(call: Call, request: Any) -> None:
        command = DeleteBoundary(call.region, call.caller.account, Named(kind, name_in(request, kind)))
        await call.change(lambda view: decide.delete_boundary(command, view))

    return delete


def list_attached(
    kind: str, response: Callable[[tuple[AttachedPolicy, ...], bool, str | None], Any]
) -> Callable[[Call, Any], Any]:
    def list_policies(call: Call, request: Any) -> Any:
        holder = HOLDERS[kind](call, name_in(request, kind))
        prefix = request.path_prefix or "/"
        parsed = ((arn, parse_policy_arn(arn)) for arn in holder.attached)
        shown = tuple((arn, policy) for arn, policy in parsed if policy is not None and policy.path.startswith(prefix))
        page = listed_of(call, request, holder.arn, shown, lambda pair: _place(pair[1]))
        attached = tuple(AttachedPolicy(policy.policy_name, arn) for arn, policy in page.items)
        return response(attached, page.truncated, page.next_marker)

    return list_policies


def _place(policy: PolicyArn) -> str:
    """Where a policy stands in a list. Names are unique in an account, and those of AWS are others' than its own."""
    return f"{policy.policy_name.lower()}/{policy.account}"
