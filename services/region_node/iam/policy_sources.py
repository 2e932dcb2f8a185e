"""The user, group or role whose policies are asked about, by its ARN, and all of its policies.

Owns `PolicySourceArn` of the simulators.
"""

import re
from typing import NamedTuple

from services.region_node.iam.holders import HOLDERS, policy_at
from services.region_node.iam.scenario import principal_at
from services.region_node.requests.call import Call
from shared.identity.errors import InvalidInput, NoSuchEntity
from shared.identity.lookup import identity_policies
from shared.identity.model import Group, PolicyHolder, Role, User
from shared.policy.question import IdentityPolicies, PolicyKind, PolicyText, Principal

_SOURCE = re.compile(r"arn:aws:iam::[0-9]{12}:(user|group|role)/(?:[!-~]+/)?([A-Za-z0-9_+=,.@-]+)")


class Source(NamedTuple):
    principal: Principal
    policies: IdentityPolicies


def source_at(call: Call, arn: str, *, for_resource_policy: bool) -> Source:
    """Errors: InvalidInput, NoSuchEntity."""
    holder = _holder(call, arn)
    principal = principal_at(holder.arn, _unique_id(holder), for_resource_policy=for_resource_policy)
    if isinstance(holder, Group):
        return Source(principal, _group_policies(call, holder))
    return Source(principal, identity_policies(call.view, principal))


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


def _group_policies(call: Call, group: Group) -> IdentityPolicies:
    """What a group gives its members."""
    entity = f"group/{group.group_name}/policy"
    inline = (PolicyText(PolicyKind.IDENTITY, f"{entity}/{name}", document) for name, document in group.inline)
    attached = (PolicyText(PolicyKind.IDENTITY, arn, policy_at(call, arn).document) for arn in group.attached)
    return IdentityPolicies((*inline, *attached))
