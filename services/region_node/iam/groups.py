"""Groups and who is in them: CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup, AddUserToGroup and so on."""

from collections.abc import Iterator

from services.region_node.iam.holders import group_named, user_named
from services.region_node.iam.pages import listed, listed_of
from services.region_node.iam.rendering import group_of, user_of
from services.region_node.iam.types.groups import (
    AddUserToGroupRequest,
    CreateGroupRequest,
    CreateGroupResponse,
    DeleteGroupRequest,
    GetGroupRequest,
    GetGroupResponse,
    ListGroupsForUserRequest,
    ListGroupsForUserResponse,
    ListGroupsRequest,
    ListGroupsResponse,
    RemoveUserFromGroupRequest,
    UpdateGroupRequest,
)
from services.region_node.requests.call import Call
from shared.crypto import entropy
from shared.identity import decide_groups as decide
from shared.identity.commands import AddUserToGroup, CreateGroup, DeleteGroup, RemoveUserFromGroup, UpdateGroup
from shared.identity.model import Group, User
from shared.identity.naming import GROUP, group_stream, members_index


async def create_group(call: Call, request: CreateGroupRequest) -> CreateGroupResponse:
    command = CreateGroup(call.region, call.caller.account, request.group_name, entropy.group_id(), request.path or "/")
    await call.change(lambda view: decide.create_group(command, view))
    call.view = call.latest()
    return CreateGroupResponse(group_of(group_named(call, request.group_name)))


def get_group(call: Call, request: GetGroupRequest) -> GetGroupResponse:
    group = group_named(call, request.group_name)
    page = listed(
        call,
        request,
        group.group_id,
        lambda after: _members(call, group, after),
        lambda user: user.user_name.lower(),
    )
    return GetGroupResponse(group_of(group), tuple(map(user_of, page.items)), page.truncated, page.next_marker)


def _members(call: Call, group: Group, after: str) -> Iterator[User]:
    index = members_index(group.account, group.group_id)
    return (user_named(call, name) for name in call.view.indexed(group.account, index, after))


def list_groups(call: Call, request: ListGroupsRequest) -> ListGroupsResponse:
    """An account has a few hundred at most; they are stored by their ids, and listed by their names."""
    prefix, stored = request.path_prefix or "/", call.view.entities(call.caller.account, GROUP, "")
    groups = tuple(group for group in stored if isinstance(group, Group) and group.path.startswith(prefix))
    page = listed_of(call, request, prefix, groups, _name)
    return ListGroupsResponse(tuple(map(group_of, page.items)), page.truncated, page.next_marker)


def list_groups_for_user(call: Call, request: ListGroupsForUserRequest) -> ListGroupsForUserResponse:
    user = user_named(call, request.user_name)
    states = (call.view.state(group_stream(user.account, group_id)) for group_id in user.groups)
    groups = tuple(group for group in states if isinstance(group, Group))
    page = listed_of(call, request, user.user_id, groups, _name)
    return ListGroupsForUserResponse(tuple(map(group_of, page.items)), page.truncated, page.next_marker)


def _name(group: Group) -> str:
    return group.group_name.lower()


async def update_group(call: Call, request: UpdateGroupRequest) -> None:
    command = UpdateGroup(
        call.region, call.caller.account, request.group_name, request.new_group_name, request.new_path
    )
    await call.change(lambda view: decide.update_group(command, view))


async def delete_group(call: Call, request: DeleteGroupRequest) -> None:
    command = DeleteGroup(call.region, call.caller.account, request.group_name)
    await call.change(lambda view: decide.delete_group(command, view))


async def add_user_to_group(call: Call, request: AddUserToGroupRequest) -> None:
    command = AddUserToGroup(call.region, call.caller.account, request.group_name, request.user_name)
    await call.change(lambda view: decide.add_user_to_group(command, view))


async def remove_user_from_group(call: Call, request: RemoveUserFromGroupRequest) -> None:
    command = RemoveUserFromGroup(call.region, call.caller.account, request.group_name, request.user_name)
    await call.change(lambda view: decide.remove_user_from_group(command, view))
