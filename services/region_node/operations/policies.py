"""GetKeyPolicy, PutKeyPolicy, ListKeyPolicies. A key has one policy, named `default`."""

from services.region_node.operations import rules
from services.region_node.operations.pagination import PageSize, list_scope, page_of
from services.region_node.operations.resolve import resolve_key, resolve_name
from services.region_node.operations.types.policies import (
    GetKeyPolicyRequest,
    GetKeyPolicyResponse,
    ListKeyPoliciesRequest,
    ListKeyPoliciesResponse,
    PutKeyPolicyRequest,
)
from services.region_node.requests.call import Call
from shared.errors import NotFound
from shared.keys import commands, decide
from shared.policy.document import POLICY_NAME, rendered

LIST_KEY_POLICIES_PAGE = PageSize(default=100, most=1000)


def get_key_policy(call: Call, request: GetKeyPolicyRequest) -> GetKeyPolicyResponse:
    key = resolve_key(call, request.key_id, rules.GET_KEY_POLICY)
    _require_default(request.policy_name)
    return GetKeyPolicyResponse(rendered(key.policy, key.account), POLICY_NAME)


async def put_key_policy(call: Call, request: PutKeyPolicyRequest) -> None:
    name = resolve_name(call, request.key_id, rules.PUT_KEY_POLICY)
    _require_default(request.policy_name)
    command = commands.PutKeyPolicy(
        name,
        request.policy,
        request.bypass_policy_lockout_safety_check,
        call.caller.principal,
        call.quotas.policy_bytes,
    )
    await call.change(lambda view: decide.put_key_policy(command, view))


def list_key_policies(call: Call, request: ListKeyPoliciesRequest) -> ListKeyPoliciesResponse:
    key = resolve_key(call, request.key_id, rules.LIST_KEY_POLICIES)
    page = page_of(
        list_scope(call, "ListKeyPolicies", key.key_id),
        request.marker,
        LIST_KEY_POLICIES_PAGE.of(request.limit),
        lambda after: (name for name in (POLICY_NAME,) if name > after),
        str,
    )
    return ListKeyPoliciesResponse(page.items, page.next_marker, page.truncated)


def _require_default(policy_name: str) -> None:
    if policy_name != POLICY_NAME:
        raise NotFound("No such policy exists")
