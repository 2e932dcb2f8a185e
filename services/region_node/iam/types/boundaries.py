"""Permissions boundaries of users and roles."""

from typing import NamedTuple

from services.region_node.iam.types.common import Arn, RoleName, UserName


class PutUserPermissionsBoundaryRequest(NamedTuple):
    user_name: UserName
    permissions_boundary: Arn


class DeleteUserPermissionsBoundaryRequest(NamedTuple):
    user_name: UserName


class PutRolePermissionsBoundaryRequest(NamedTuple):
    role_name: RoleName
    permissions_boundary: Arn


class DeleteRolePermissionsBoundaryRequest(NamedTuple):
    role_name: RoleName
