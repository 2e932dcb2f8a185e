"""Users: the types of CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser, and of their tags."""

from typing import NamedTuple

from services.region_node.iam.types.common import (
    Arn,
    ExistingUserName,
    Marker,
    MaxItems,
    Path,
    PathPrefix,
    TagKeyList,
    TagList,
    User,
    UserName,
)


class CreateUserRequest(NamedTuple):
    user_name: UserName
    path: Path | None = None
    permissions_boundary: Arn | None = None
    tags: TagList = ()


class CreateUserResponse(NamedTuple):
    user: User | None = None


class GetUserRequest(NamedTuple):
    user_name: ExistingUserName | None = None


class GetUserResponse(NamedTuple):
    user: User


class ListUsersRequest(NamedTuple):
    path_prefix: PathPrefix | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListUsersResponse(NamedTuple):
    users: tuple[User, ...]
    is_truncated: bool = False
    marker: str | None = None


class UpdateUserRequest(NamedTuple):
    user_name: ExistingUserName
    new_path: Path | None = None
    new_user_name: UserName | None = None


class DeleteUserRequest(NamedTuple):
    user_name: ExistingUserName


class TagUserRequest(NamedTuple):
    user_name: ExistingUserName
    tags: TagList


class UntagUserRequest(NamedTuple):
    user_name: ExistingUserName
    tag_keys: TagKeyList


class ListUserTagsRequest(NamedTuple):
    user_name: ExistingUserName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListUserTagsResponse(NamedTuple):
    tags: TagList
    is_truncated: bool = False
    marker: str | None = None
