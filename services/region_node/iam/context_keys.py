"""GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy: what a simulation of policies has to be told."""

from services.region_node.iam.policy_sources import source_at
from services.region_node.iam.scenario import input_policies
from services.region_node.iam.types import simulation as types
from services.region_node.requests.call import Call
from shared.policy.condition_keys import keys_asked
from shared.policy.question import PolicyText


def of_custom(
    _call: Call, request: types.GetContextKeysForCustomPolicyRequest
) -> types.GetContextKeysForPolicyResponse:
    """Errors: InvalidInput."""
    return _asked_by(input_policies(request.policy_input_list))


def of_principal(
    call: Call, request: types.GetContextKeysForPrincipalPolicyRequest
) -> types.GetContextKeysForPolicyResponse:
    """Those of a user's groups too. Errors: NoSuchEntity, InvalidInput."""
    own = source_at(call, request.policy_source_arn, for_resource_policy=False).policies
    return _asked_by(own.policies + input_policies(request.policy_input_list))


def _asked_by(policies: tuple[PolicyText, ...]) -> types.GetContextKeysForPolicyResponse:
    named = {key.lower(): key for policy in policies for key in keys_asked(policy)}
    return types.GetContextKeysForPolicyResponse(tuple(named.values()))
