"""SimulateCustomPolicy, SimulatePrincipalPolicy: what policies would say, without doing anything.

A page holds as many results as it may; each is one action with one resource.
"""

import asyncio
import re
from collections.abc import Iterator
from itertools import product

from services.region_node.call import Call
from services.region_node.iam.holders import HOLDERS, policy_at
from services.region_node.iam.pages import listed
from services.region_node.iam.scenario import Request, Scenario, caller_of, principal_at, scenario_of
from services.region_node.iam.simulated import Asked, result_of
from services.region_node.iam.types import simulation as types
from shared.identity.errors import InvalidInput, NoSuchEntity
from shared.identity.lookup import identity_policies
from shared.identity.model import Group, PolicyHolder, Role, User
from shared.policy.question import NO_POLICIES, IdentityPolicies, PolicyKind, PolicyText

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_SOURCE = re.compile(r"arn:aws:iam::[0-9]{12}:(user|group|role)/(?:[!-~]+/)?([A-Za-z0-9_+=,.@-]+)")


async def simulate_custom(call: Call, request: types.SimulateCustomPolicyRequest) -> types.SimulatePolicyResponse:
    """Errors: InvalidInput."""
    principal = caller_of(request, call.caller.account)
    return await _simulated(call, request, scenario_of(request, principal, NO_POLICIES, call.now))


async def simulate_principal(call: Call, request: types.SimulatePrincipalPolicyRequest) -> types.SimulatePolicyResponse:
    """Errors: NoSuchEntity, InvalidInput."""
    if request.policy_exclusion_list:
        raise InvalidInput("PolicyExclusionList is not supported.")
    holder = _holder(call, request.policy_source_arn)
    has_resource_policy = request.resource_policy is not None
    principal = principal_at(holder.arn, _unique_id(holder), for_resource_policy=has_resource_policy)
    own = _group_policies(call, holder) if isinstance(holder, Group) else identity_policies(call.view, principal)
    if request.caller_arn is not None:
        principal = principal_at(request.caller_arn, "", for_resource_policy=has_resource_policy)
    return await _simulated(call, request, scenario_of(request, principal, own, call.now))


def _group_policies(call: Call, group: Group) -> IdentityPolicies:
    """What a group gives its members."""
    entity = f"group/{group.group_name}/policy"
    inline = (PolicyText(PolicyKind.IDENTITY, f"{entity}/{name}", document) for name, document in group.inline)
    attached = (PolicyText(PolicyKind.IDENTITY, arn, policy_at(call, arn).document) for arn in group.attached)
    return IdentityPolicies((*inline, *attached))


def _holder(call: Call, arn: str) -> PolicyHolder:
    found = _SOURCE.fullmatch(arn)
    if found is None:
        raise InvalidInput(f"Invalid Entity Arn: {arn}. It has to be that of a user, a group or a role.")
    holder = HOLDERS[found[1]](call, found[2])
    if holder.arn != arn:
        raise NoSuchEntity(f"The entity with ARN {arn} cannot be found.")
    return holder


def _unique_id(holder: PolicyHolder) -> str:
    if isinstance(holder, User):
        return holder.user_id
    return holder.role_id if isinstance(holder, Role) else holder.group_id


async def _simulated(call: Call, request: Request, scenario: Scenario) -> types.SimulatePolicyResponse:
    """Other requests of the worker have their turn between two results: there may be a thousand."""
    for action in request.action_names:
        if _ACTION.fullmatch(action) is None:
            raise InvalidInput(f"Invalid action name: {action}. It has to be service:Action, without wildcards.")
    combinations = list(product(request.action_names, request.resource_arns or (None,)))

    def behind(after: str) -> Iterator[int]:
        return iter(range(int(after) + 1 if after else 0, len(combinations)))

    page = listed(call, request, "", behind, str)
    results = []
    for number in page.items:
        results.append(result_of(Asked(scenario, *combinations[number])))
        await asyncio.sleep(0)
    return types.SimulatePolicyResponse(tuple(results), page.truncated, page.next_marker)
