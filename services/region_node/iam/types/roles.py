"""Roles: CreateRole, GetRole, ListRoles, UpdateRole, UpdateAssumeRolePolicy, DeleteRole, and their tags."""

from typing import NamedTuple

from services.region_node.iam.types.common import (
    Arn,
    Marker,
    MaxItems,
    Path,
    PathPrefix,
    PolicyDocument,
    Role,
    RoleDescription,
    RoleMaxSessionDuration,
    RoleName,
    TagKeyList,
    TagList,
)


class CreateRoleRequest(NamedTuple):
    role_name: RoleName
    assume_role_policy_document: PolicyDocument
    path: Path | None = None
    description: RoleDescription | None = None
    max_session_duration: RoleMaxSessionDuration | None = None
    permissions_boundary: Arn | None = None
    tags: TagList = ()


class CreateRoleResponse(NamedTuple):
    role: Role


class GetRoleRequest(NamedTuple):
    role_name: RoleName


class GetRoleResponse(NamedTuple):
    role: Role


class ListRolesRequest(NamedTuple):
    path_prefix: PathPrefix | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListRolesResponse(NamedTuple):
    roles: tuple[Role, ...]
    is_truncated: bool = False
    marker: str | None = None


class UpdateRoleRequest(NamedTuple):
    role_name: RoleName
    description: RoleDescription | None = None
    max_session_duration: RoleMaxSessionDuration | None = None


class UpdateRoleResponse(NamedTuple):
    pass


class UpdateRoleDescriptionRequest(NamedTuple):
    role_name: RoleName
    description: RoleDescription


class UpdateRoleDescriptionResponse(NamedTuple):
    role: Role | None = None


class UpdateAssumeRolePolicyRequest(NamedTuple):
    role_name: RoleName
    policy_document: PolicyDocument


class DeleteRoleRequest(NamedTuple):
    role_name: RoleName


class TagRoleRequest(NamedTuple):
    role_name: RoleName
    tags: TagList


class UntagRoleRequest(NamedTuple):
    role_name: RoleName
    tag_keys: TagKeyList


class ListRoleTagsRequest(NamedTuple):
    role_name: RoleName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListRoleTagsResponse(NamedTuple):
    tags: TagList
    is_truncated: bool = False
    marker: str | None = None
