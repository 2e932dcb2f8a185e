"""Managed policies: CreatePolicy, GetPolicy, ListPolicies, DeletePolicy, ListEntitiesForPolicy, and their tags."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.iam.types.common import (
    Arn,
    GroupName,
    Id,
    Marker,
    MaxItems,
    Path,
    PolicyDocument,
    PolicyName,
    PolicyPath,
    PolicyVersionId,
    RoleName,
    TagKeyList,
    TagList,
    UserName,
)
from services.region_node.wire.shapes import Choice, Length, Timestamp

PolicyDescription: TypeAlias = Annotated[str, Length(0, 1000)]


class CreatePolicyRequest(NamedTuple):
    policy_name: PolicyName
    policy_document: PolicyDocument
    path: PolicyPath | None = None
    description: PolicyDescription | None = None
    tags: TagList = ()


class Policy(NamedTuple):
    policy_name: PolicyName | None = None
    policy_id: Id | None = None
    arn: Arn | None = None
    path: PolicyPath | None = None
    default_version_id: PolicyVersionId | None = None
    attachment_count: int | None = None
    permissions_boundary_usage_count: int | None = None
    is_attachable: bool | None = None
    description: PolicyDescription | None = None
    create_date: Timestamp | None = None
    update_date: Timestamp | None = None
    tags: TagList | None = None


class CreatePolicyResponse(NamedTuple):
    policy: Policy | None = None


class GetPolicyRequest(NamedTuple):
    policy_arn: Arn


class GetPolicyResponse(NamedTuple):
    policy: Policy | None = None


PolicyScope: TypeAlias = Annotated[str, Choice(("All", "AWS", "Local"))]
PolicyUsage: TypeAlias = Annotated[str, Choice(("PermissionsPolicy", "PermissionsBoundary"))]


class ListPoliciesRequest(NamedTuple):
    scope: PolicyScope | None = None
    only_attached: bool = False
    path_prefix: PolicyPath | None = None
    policy_usage_filter: PolicyUsage | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListPoliciesResponse(NamedTuple):
    policies: tuple[Policy, ...] | None = None
    is_truncated: bool = False
    marker: str | None = None


class DeletePolicyRequest(NamedTuple):
    policy_arn: Arn


class TagPolicyRequest(NamedTuple):
    policy_arn: Arn
    tags: TagList


class UntagPolicyRequest(NamedTuple):
    policy_arn: Arn
    tag_keys: TagKeyList


class ListPolicyTagsRequest(NamedTuple):
    policy_arn: Arn
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListPolicyTagsResponse(NamedTuple):
    tags: TagList
    is_truncated: bool = False
    marker: str | None = None


Entity: TypeAlias = Annotated[str, Choice(("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"))]


class ListEntitiesForPolicyRequest(NamedTuple):
    policy_arn: Arn
    entity_filter: Entity | None = None
    path_prefix: Path | None = None
    policy_usage_filter: PolicyUsage | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class PolicyGroup(NamedTuple):
    group_name: GroupName | None = None
    group_id: Id | None = None


class PolicyUser(NamedTuple):
    user_name: UserName | None = None
    user_id: Id | None = None


class PolicyRole(NamedTuple):
    role_name: RoleName | None = None
    role_id: Id | None = None


class ListEntitiesForPolicyResponse(NamedTuple):
    policy_groups: tuple[PolicyGroup, ...] | None = None
    policy_users: tuple[PolicyUser, ...] | None = None
    policy_roles: tuple[PolicyRole, ...] | None = None
    is_truncated: bool = False
    marker: str | None = None
