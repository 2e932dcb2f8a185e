"""Groups and who is in them: CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup, AddUserToGroup and so on."""

from typing import NamedTuple

from services.region_node.iam.types.common import (
    Arn,
    ExistingUserName,
    GroupName,
    Id,
    Marker,
    MaxItems,
    Path,
    PathPrefix,
    User,
)
from services.region_node.wire.shapes import Timestamp


class CreateGroupRequest(NamedTuple):
    group_name: GroupName
    path: Path | None = None


class Group(NamedTuple):
    path: Path
    group_name: GroupName
    group_id: Id
    arn: Arn
    create_date: Timestamp


class CreateGroupResponse(NamedTuple):
    group: Group


class GetGroupRequest(NamedTuple):
    group_name: GroupName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class GetGroupResponse(NamedTuple):
    group: Group
    users: tuple[User, ...]
    is_truncated: bool = False
    marker: str | None = None


class ListGroupsRequest(NamedTuple):
    path_prefix: PathPrefix | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListGroupsResponse(NamedTuple):
    groups: tuple[Group, ...]
    is_truncated: bool = False
    marker: str | None = None


class UpdateGroupRequest(NamedTuple):
    group_name: GroupName
    new_path: Path | None = None
    new_group_name: GroupName | None = None


class DeleteGroupRequest(NamedTuple):
    group_name: GroupName


class AddUserToGroupRequest(NamedTuple):
    group_name: GroupName
    user_name: ExistingUserName


class RemoveUserFromGroupRequest(NamedTuple):
    group_name: GroupName
    user_name: ExistingUserName


class ListGroupsForUserRequest(NamedTuple):
    user_name: ExistingUserName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListGroupsForUserResponse(NamedTuple):
    groups: tuple[Group, ...]
    is_truncated: bool = False
    marker: str | None = None
