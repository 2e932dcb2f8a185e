"""ListEntitiesForPolicy: the users, groups and roles that a managed policy is attached to, or bounds.

Owns who that is.
"""

from collections.abc import Iterator
from heapq import merge
from itertools import groupby

from services.region_node.iam.holders import policy_at
from services.region_node.iam.pages import listed
from services.region_node.iam.types import policies as types
from services.region_node.requests.call import Call
from shared.identity.model import Group, Policy, PolicyHolder, Role, User
from shared.identity.naming import PolicyArn, attachments_index, boundaries_index, entity_stream

PERMISSIONS_USE, BOUNDARY_USE = "PermissionsPolicy", "PermissionsBoundary"
_INDEXES = {
    None: (attachments_index, boundaries_index),
    PERMISSIONS_USE: (attachments_index,),
    BOUNDARY_USE: (boundaries_index,),
}


def entities_with(call: Call, policy: Policy, usage: str | None, after: str) -> Iterator[str]:
    """Whom the policy is attached to or bounds, each once; in the order of the entities' names, from after `after`."""
    account, arn = call.caller.account, PolicyArn(policy.account, policy.path, policy.policy_name)
    found = (call.view.indexed(account, index(account, arn), after) for index in _INDEXES[usage])
    return (entity for entity, _ in groupby(merge(*found)))


def list_entities(call: Call, request: types.ListEntitiesForPolicyRequest) -> types.ListEntitiesForPolicyResponse:
    policy = policy_at(call, request.policy_arn)
    page = listed(
        call,
        request,
        policy.policy_id,
        lambda after: entities_with(call, policy, request.policy_usage_filter, after),
        str,
        lambda entity: _is_wanted(call, request, entity),
    )
    holders = [_holder(call, entity) for entity in page.items]
    return types.ListEntitiesForPolicyResponse(
        tuple(types.PolicyGroup(each.group_name, each.group_id) for each in holders if isinstance(each, Group)),
        tuple(types.PolicyUser(each.user_name, each.user_id) for each in holders if isinstance(each, User)),
        tuple(types.PolicyRole(each.role_name, each.role_id) for each in holders if isinstance(each, Role)),
        page.truncated,
        page.next_marker,
    )


def _is_wanted(call: Call, request: types.ListEntitiesForPolicyRequest, entity: str) -> bool:
    holder = _holder(call, entity)
    kind = entity.partition("/")[0].capitalize()
    of_kind = request.entity_filter in (None, kind)
    return of_kind and holder is not None and holder.path.startswith(request.path_prefix or "/")


def _holder(call: Call, entity: str) -> PolicyHolder | None:
    holder = call.view.state(entity_stream(call.caller.account, entity))
    return holder if isinstance(holder, User | Group | Role) else None
