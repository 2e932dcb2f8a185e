"""GetKeyPolicy, PutKeyPolicy, ListKeyPolicies."""

from typing import NamedTuple

from services.region_node.operations.types.common import KeyIdentifierText, Limit, Marker, PolicyName, PolicyText


class GetKeyPolicyRequest(NamedTuple):
    key_id: KeyIdentifierText
    policy_name: PolicyName = "default"


class GetKeyPolicyResponse(NamedTuple):
    policy: PolicyText
    policy_name: PolicyName


class PutKeyPolicyRequest(NamedTuple):
    key_id: KeyIdentifierText
    policy: PolicyText
    policy_name: PolicyName = "default"
    bypass_policy_lockout_safety_check: bool = False


class ListKeyPoliciesRequest(NamedTuple):
    key_id: KeyIdentifierText
    limit: Limit | None = None
    marker: Marker | None = None


class ListKeyPoliciesResponse(NamedTuple):
    policy_names: tuple[PolicyName, ...]
    next_marker: Marker | None
    truncated: bool
