"""SimulateCustomPolicy, SimulatePrincipalPolicy: what policies would say, without doing anything.

A page holds as many results as it may; each is one action with one resource.
"""

import asyncio
import re
from collections.abc import Iterator
from itertools import product

from services.region_node.iam.pages import listed
from services.region_node.iam.policy_sources import source_at
from services.region_node.iam.scenario import Request, Scenario, caller_of, principal_at, scenario_of
from services.region_node.iam.simulated import Asked, result_of
from services.region_node.iam.types import simulation as types
from services.region_node.requests.call import Call
from shared.identity.errors import InvalidInput
from shared.policy.question import NO_POLICIES

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")


async def simulate_custom(call: Call, request: types.SimulateCustomPolicyRequest) -> types.SimulatePolicyResponse:
    """Errors: InvalidInput."""
    principal = caller_of(request, call.caller.account)
    return await _simulated(call, request, scenario_of(request, principal, NO_POLICIES, call.now))


async def simulate_principal(call: Call, request: types.SimulatePrincipalPolicyRequest) -> types.SimulatePolicyResponse:
    """Errors: NoSuchEntity, InvalidInput."""
    if request.policy_exclusion_list:
        raise InvalidInput("PolicyExclusionList is not supported.")
    has_resource_policy = request.resource_policy is not None
    principal, policies = source_at(call, request.policy_source_arn, for_resource_policy=has_resource_policy)
    if request.caller_arn is not None:
        principal = principal_at(request.caller_arn, "", for_resource_policy=has_resource_policy)
    return await _simulated(call, request, scenario_of(request, principal, policies, call.now))


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
