"""What happens when somebody wants a group, or who is in it, changed.

Source: IAM API Reference, CreateGroup, UpdateGroup, DeleteGroup, AddUserToGroup, RemoveUserFromGroup.
"""

from shared.decision import Decision, StateView
from shared.identity.commands import AddUserToGroup, CreateGroup, DeleteGroup, RemoveUserFromGroup, UpdateGroup
from shared.identity.decide_users import require_no_policies
from shared.identity.deciding import NOTHING, decided, over_quota, require_home, require_room
from shared.identity.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity
from shared.identity.events import GroupCreated, GroupDeleted, GroupUpdated, UserAddedToGroup, UserRemovedFromGroup
from shared.identity.finding import find_group, group_named, user_named
from shared.identity.limits import LIMITS
from shared.identity.naming import GROUP, members_index


def create_group(command: CreateGroup, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, EntityAlreadyExists, IdentityLimitExceeded."""
    require_home(view, command.account, command.region)
    _require_free(view, command.account, command.group_name)
    require_room(view, command.account, GROUP, LIMITS.groups)
    created = GroupCreated(command.account, command.group_id, command.group_name, command.path)
    return decided(command.account, created, answer=command.group_name)


def update_group(command: UpdateGroup, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, EntityAlreadyExists."""
    require_home(view, command.account, command.region)
    group = group_named(view, command.account, command.group_name)
    name, path = command.new_group_name or group.group_name, command.new_path or group.path
    if (name, path) == (group.group_name, group.path):
        return NOTHING
    if name.lower() != group.group_name.lower():
        _require_free(view, command.account, name)
    return decided(command.account, GroupUpdated(command.account, group.group_id, name, path), answer=name)


def delete_group(command: DeleteGroup, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, DeleteConflict."""
    require_home(view, command.account, command.region)
    group = group_named(view, command.account, command.group_name)
    if next(view.indexed(group.account, members_index(group.account, group.group_id), ""), None) is not None:
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    require_no_policies(group)
    return decided(group.account, GroupDeleted(group.account, group.group_id))


def add_user_to_group(command: AddUserToGroup, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, IdentityLimitExceeded."""
    require_home(view, command.account, command.region)
    group = group_named(view, command.account, command.group_name)
    user = user_named(view, command.account, command.user_name)
    if group.group_id in user.groups:
        return NOTHING
    if len(user.groups) >= LIMITS.groups_per_user:
        raise over_quota("GroupsPerUser", LIMITS.groups_per_user)
    return decided(user.account, UserAddedToGroup(user.account, user.user_name, group.group_id))


def remove_user_from_group(command: RemoveUserFromGroup, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity."""
    require_home(view, command.account, command.region)
    group = group_named(view, command.account, command.group_name)
    user = user_named(view, command.account, command.user_name)
    if group.group_id not in user.groups:
        raise NoSuchEntity(f"User {user.user_name} is not in group {group.group_name}.")
    return decided(user.account, UserRemovedFromGroup(user.account, user.user_name, group.group_id))


def _require_free(view: StateView, account: str, group_name: str) -> None:
    if find_group(view, account, group_name) is not None:
        raise EntityAlreadyExists(f"Group with name {group_name} already exists.")
