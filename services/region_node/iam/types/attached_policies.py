"""Managed policies with users, groups and roles: the types of attaching, detaching and listing them."""

from typing import NamedTuple

from services.region_node.iam.types.common import (
    Arn,
    GroupName,
    Marker,
    MaxItems,
    PolicyName,
    PolicyPath,
    RoleName,
    UserName,
)


class AttachUserPolicyRequest(NamedTuple):
    user_name: UserName
    policy_arn: Arn


class DetachUserPolicyRequest(NamedTuple):
    user_name: UserName
    policy_arn: Arn


class AttachGroupPolicyRequest(NamedTuple):
    group_name: GroupName
    policy_arn: Arn


class DetachGroupPolicyRequest(NamedTuple):
    group_name: GroupName
    policy_arn: Arn


class AttachRolePolicyRequest(NamedTuple):
    role_name: RoleName
    policy_arn: Arn


class DetachRolePolicyRequest(NamedTuple):
    role_name: RoleName
    policy_arn: Arn


class ListAttachedUserPoliciesRequest(NamedTuple):
    user_name: UserName
    path_prefix: PolicyPath | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class AttachedPolicy(NamedTuple):
    policy_name: PolicyName | None = None
    policy_arn: Arn | None = None


class ListAttachedUserPoliciesResponse(NamedTuple):
    attached_policies: tuple[AttachedPolicy, ...] | None = None
    is_truncated: bool = False
    marker: str | None = None


class ListAttachedGroupPoliciesRequest(NamedTuple):
    group_name: GroupName
    path_prefix: PolicyPath | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListAttachedGroupPoliciesResponse(NamedTuple):
    attached_policies: tuple[AttachedPolicy, ...] | None = None
    is_truncated: bool = False
    marker: str | None = None


class ListAttachedRolePoliciesRequest(NamedTuple):
    role_name: RoleName
    path_prefix: PolicyPath | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListAttachedRolePoliciesResponse(NamedTuple):
    attached_policies: tuple[AttachedPolicy, ...] | None = None
    is_truncated: bool = False
    marker: str | None = None
