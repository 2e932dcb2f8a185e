"""Policies that stand with a user, a group or a role: the types of putting, getting, deleting and listing them."""

from typing import NamedTuple

from services.region_node.iam.types.common import (
    EncodedPolicyDocument,
    ExistingUserName,
    GroupName,
    Marker,
    MaxItems,
    PolicyDocument,
    PolicyName,
    RoleName,
)


class PutUserPolicyRequest(NamedTuple):
    user_name: ExistingUserName
    policy_name: PolicyName
    policy_document: PolicyDocument


class GetUserPolicyRequest(NamedTuple):
    user_name: ExistingUserName
    policy_name: PolicyName


class GetUserPolicyResponse(NamedTuple):
    user_name: ExistingUserName
    policy_name: PolicyName
    policy_document: EncodedPolicyDocument


class DeleteUserPolicyRequest(NamedTuple):
    user_name: ExistingUserName
    policy_name: PolicyName


class PutGroupPolicyRequest(NamedTuple):
    group_name: GroupName
    policy_name: PolicyName
    policy_document: PolicyDocument


class GetGroupPolicyRequest(NamedTuple):
    group_name: GroupName
    policy_name: PolicyName


class GetGroupPolicyResponse(NamedTuple):
    group_name: GroupName
    policy_name: PolicyName
    policy_document: EncodedPolicyDocument


class DeleteGroupPolicyRequest(NamedTuple):
    group_name: GroupName
    policy_name: PolicyName


class PutRolePolicyRequest(NamedTuple):
    role_name: RoleName
    policy_name: PolicyName
    policy_document: PolicyDocument


class GetRolePolicyRequest(NamedTuple):
    role_name: RoleName
    policy_name: PolicyName


class GetRolePolicyResponse(NamedTuple):
    role_name: RoleName
    policy_name: PolicyName
    policy_document: EncodedPolicyDocument


class DeleteRolePolicyRequest(NamedTuple):
    role_name: RoleName
    policy_name: PolicyName


class ListUserPoliciesRequest(NamedTuple):
    user_name: ExistingUserName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListUserPoliciesResponse(NamedTuple):
    policy_names: tuple[PolicyName, ...]
    is_truncated: bool = False
    marker: str | None = None


class ListGroupPoliciesRequest(NamedTuple):
    group_name: GroupName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListGroupPoliciesResponse(NamedTuple):
    policy_names: tuple[PolicyName, ...]
    is_truncated: bool = False
    marker: str | None = None


class ListRolePoliciesRequest(NamedTuple):
    role_name: RoleName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListRolePoliciesResponse(NamedTuple):
    policy_names: tuple[PolicyName, ...]
    is_truncated: bool = False
    marker: str | None = None
