"""CreatePolicy, GetPolicy, ListPolicies, DeletePolicy."""

from collections.abc import Iterator

from services.region_node.call import Call
from services.region_node.iam.holders import policy_at
from services.region_node.iam.pages import listed
from services.region_node.iam.policy_entities import BOUNDARY_USE, PERMISSIONS_USE, entities_with
from services.region_node.iam.rendering import pairs_of, policy_of
from services.region_node.iam.types import policies as types
from shared.crypto import entropy
from shared.identity import decide_policies as decide
from shared.identity.model import Policy
from shared.identity.naming import POLICY
from shared.identity.policy_commands import CreatePolicy, DeletePolicy


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
    """Those of the account: policies that AWS manages are not here. Without their tags, as AWS lists them."""
    prefix, account = request.path_prefix or "/", call.caller.account

    def own(after: str) -> Iterator[Policy]:
        found = call.view.entities(account, POLICY, after) if request.scope != "AWS" else iter(())
        return (policy for policy in found if isinstance(policy, Policy))

    def shown(policy: Policy) -> bool:
        return policy.path.startswith(prefix) and _is_used(call, request, policy)

    page = listed(call, request, f"{prefix}/{request.scope}", own, lambda policy: policy.policy_name.lower(), shown)
    told = tuple(_counted(call, policy)._replace(tags=None, description=None) for policy in page.items)
    return types.ListPoliciesResponse(told, page.truncated, page.next_marker)


def _is_used(call: Call, request: types.ListPoliciesRequest, policy: Policy) -> bool:
    """Whether the policy is attached in the way asked for, where it is asked for."""
    if not request.only_attached and request.policy_usage_filter is None:
        return True
    usage = request.policy_usage_filter or PERMISSIONS_USE
    return next(entities_with(call, policy, usage, ""), None) is not None


async def delete_policy(call: Call, request: types.DeletePolicyRequest) -> None:
    command = DeletePolicy(call.region, call.caller.account, request.policy_arn)
    await call.change(lambda view: decide.delete_policy(command, view))
