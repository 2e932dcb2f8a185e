"""CreatePolicy, GetPolicy, ListPolicies, DeletePolicy."""

from collections.abc import Iterator

from services.region_node.iam.aws_policies import AWS_POLICIES
from services.region_node.iam.holders import policy_at
from services.region_node.iam.pages import listed
from services.region_node.iam.policy_entities import BOUNDARY_USE, PERMISSIONS_USE, entities_with
from services.region_node.iam.rendering import pairs_of, policy_of
from services.region_node.iam.types import policies as types
from services.region_node.requests.call import Call
from shared.crypto import entropy
from shared.identity import decide_managed as decide
from shared.identity.model import Policy
from shared.identity.naming import AWS_OWNED, POLICY
from shared.identity.policy_commands import CreatePolicy, DeletePolicy

_BEHIND = "~"
"""Greater than whatever a name may hold."""


async def create_policy(call: Call, request: types.CreatePolicyRequest) -> types.CreatePolicyResponse:
    path, account = request.path or "/", call.caller.account
    command = CreatePolicy(
        call.region,
        account,
        request.policy_name,
        entropy.policy_id(),
        request.policy_document,
        path,
        request.description or "",
        pairs_of(request.tags),
    )
    await call.change(lambda view: decide.create_policy(command, view))
    call.view = call.latest()
    created = policy_at(call, f"arn:aws:iam::{account}:policy{path}{request.policy_name}")
    return types.CreatePolicyResponse(policy_of(created, 0, 0))


def get_policy(call: Call, request: types.GetPolicyRequest) -> types.GetPolicyResponse:
    policy = policy_at(call, request.policy_arn)
    return types.GetPolicyResponse(_counted(call, policy))


def _counted(call: Call, policy: Policy) -> types.Policy:
    attachments, boundaries = (_count(call, policy, usage) for usage in (PERMISSIONS_USE, BOUNDARY_USE))
    return policy_of(policy, attachments, boundaries)


def _count(call: Call, policy: Policy, usage: str) -> int:
    return sum(1 for _ in entities_with(call, policy, usage, ""))


def list_policies(call: Call, request: types.ListPoliciesRequest) -> types.ListPoliciesResponse:
    """Without their tags, as AWS lists them. Those of AWS come after the account's own."""
    prefix, scope = request.path_prefix or "/", request.scope or "All"
    page = listed(
        call,
        request,
        f"{prefix}/{scope}",
        lambda after: _in_scope(call, scope, after),
        _place,
        lambda policy: policy.path.startswith(prefix) and _is_used(call, request, policy),
    )
    told = tuple(_counted(call, policy)._replace(tags=None, description=None) for policy in page.items)
    return types.ListPoliciesResponse(told, page.truncated, page.next_marker)


def _in_scope(call: Call, scope: str, after: str) -> Iterator[Policy]:
    if scope != "AWS":
        found = call.view.entities(call.caller.account, POLICY, after)
        yield from (policy for policy in found if isinstance(policy, Policy))
    if scope != "Local":
        yield from (policy for policy in AWS_POLICIES.values() if _place(policy) > after)


def _place(policy: Policy) -> str:
    """Where a policy stands in the list; no name begins with what AWS's begin with here."""
    return f"{_BEHIND if policy.account == AWS_OWNED else ''}{policy.policy_name.lower()}"


def _is_used(call: Call, request: types.ListPoliciesRequest, policy: Policy) -> bool:
    """Whether the policy is attached in the way asked for, where it is asked for."""
    if not request.only_attached and request.policy_usage_filter is None:
        return True
    usage = request.policy_usage_filter or PERMISSIONS_USE
    return next(entities_with(call, policy, usage, ""), None) is not None


async def delete_policy(call: Call, request: types.DeletePolicyRequest) -> None:
    command = DeletePolicy(call.region, call.caller.account, request.policy_arn)
    await call.change(lambda view: decide.delete_policy(command, view))
