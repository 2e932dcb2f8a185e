"""Roles: CreateRole, GetRole, ListRoles, UpdateRole, UpdateAssumeRolePolicy, DeleteRole, and their tags."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.iam.types.common import (
    Arn,
    AttachedPermissionsBoundary,
    EncodedPolicyDocument,
    Id,
    Marker,
    MaxItems,
    Path,
    PathPrefix,
    PolicyDocument,
    RoleName,
    TagKeyList,
    TagList,
)
from services.region_node.wire.shapes import Length, Pattern, Range, Timestamp

RoleDescription: TypeAlias = Annotated[
    str, Length(0, 1000), Pattern(r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*")
]
RoleMaxSessionDuration: TypeAlias = Annotated[int, Range(3600, 43200)]


class CreateRoleRequest(NamedTuple):
    role_name: RoleName
    assume_role_policy_document: PolicyDocument
    path: Path | None = None
    description: RoleDescription | None = None
    max_session_duration: RoleMaxSessionDuration | None = None
    permissions_boundary: Arn | None = None
    tags: TagList = ()


class RoleLastUsed(NamedTuple):
    last_used_date: Timestamp | None = None
    region: str | None = None


class SourceRoleTemplate(NamedTuple):
    template_arn: Arn
    template_minor_version: int


class Role(NamedTuple):
    path: Path
    role_name: RoleName
    role_id: Id
    arn: Arn
    create_date: Timestamp
    assume_role_policy_document: EncodedPolicyDocument | None = None
    description: RoleDescription | None = None
    max_session_duration: RoleMaxSessionDuration | None = None
    permissions_boundary: AttachedPermissionsBoundary | None = None
    tags: TagList | None = None
    role_last_used: RoleLastUsed | None = None
    source_role_template: SourceRoleTemplate | None = None


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
