"""What happens when somebody wants a user changed.

Owns what has to be gone before a user goes, and how one that is renamed moves: its stream bears its name.
Source: IAM API Reference, CreateUser, UpdateUser, DeleteUser.
"""

from shared.decision import Decision, StateView
from shared.events import Event, UserCreated, stream_of
from shared.identifiers import user_stream
from shared.identity.account_events import AccessKeyOwnerRenamed
from shared.identity.boundaries import require_boundary
from shared.identity.commands import CreateUser, DeleteUser, UpdateUser
from shared.identity.deciding import NOTHING, decided, require_home, require_room
from shared.identity.errors import DeleteConflict, EntityAlreadyExists
from shared.identity.events import UserDeleted, UserTookName, UserUpdated
from shared.identity.finding import access_keys_of, user_named
from shared.identity.limits import LIMITS
from shared.identity.model import Account, PolicyHolder, User
from shared.identity.naming import USER
from shared.identity.restating import restating
from shared.identity.tags import require_tags


def create_user(command: CreateUser, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, EntityAlreadyExists, IdentityLimitExceeded, NoSuchEntity for the boundary."""
    require_home(view, command.account, command.region)
    _require_free(view, command.account, command.user_name)
    require_room(view, command.account, USER, LIMITS.users)
    require_tags((), command.tags)
    require_boundary(view, command.account, command.boundary)
    created = UserCreated(
        command.account,
        command.user_name,
        command.user_id,
        command.path,
        tuple(sorted(command.tags)),
        command.boundary,
    )
    return decided(command.account, created, answer=command.user_name)


def update_user(command: UpdateUser, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, EntityAlreadyExists."""
    account = require_home(view, command.account, command.region)
    user = user_named(view, command.account, command.user_name)
    wanted = user._replace(
        user_name=command.new_user_name or user.user_name,
        path=command.new_path or user.path,
    )
    if wanted == user:
        return NOTHING
    keeps_stream = wanted.user_name.lower() == user.user_name.lower()
    renamed = [] if wanted.user_name == user.user_name else _renamed_keys(view, user, wanted.user_name)
    if keeps_stream:
        updated = UserUpdated(user.account, wanted.user_name, wanted.path)
        return decided(user.account, *_told_anew(account, view, updated, *renamed))
    _require_free(view, user.account, wanted.user_name)
    left = UserDeleted(user.account, user.user_name, wanted.user_name)
    moved = _told_anew(account, view, left, UserTookName(**wanted._asdict()), *renamed)
    return decided(user.account, *moved, answer=wanted.user_name)


def _told_anew(account: Account, view: StateView, *events: Event) -> list[Event]:
    """`events`, and before them what each of several streams holds, where the account was ever taken over.

    A former home may have changed one of the streams, so that it is frozen in some regions, until that is settled. A
    record that names it would freeze the others there with it, which nothing that is settled later names.
    """
    streams = list(dict.fromkeys(map(stream_of, events)))
    if not account.taken or len(streams) == 1:
        return [*events]
    return [*(restating(account.account, stream, view.state(stream)) for stream in streams), *events]


def _renamed_keys(view: StateView, user: User, user_name: str) -> list[AccessKeyOwnerRenamed]:
    access_keys = access_keys_of(view, user.account, user.user_name)
    return [AccessKeyOwnerRenamed(key.account, key.access_key_id, user_name) for key in access_keys]


def delete_user(command: DeleteUser, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, DeleteConflict."""
    require_home(view, command.account, command.region)
    user = user_named(view, command.account, command.user_name)
    require_no_policies(user)
    if user.groups:
        raise DeleteConflict("Cannot delete entity, must remove user from groups first.")
    if next(access_keys_of(view, user.account, user.user_name), None) is not None:
        raise DeleteConflict("Cannot delete entity, must delete access keys first.")
    return decided(user.account, UserDeleted(user.account, user.user_name))


def require_no_policies(holder: PolicyHolder) -> None:
    """Errors: DeleteConflict. A permissions boundary goes with its user or role."""
    if holder.attached:
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if holder.inline:
        raise DeleteConflict("Cannot delete entity, must delete policies first.")


def _require_free(view: StateView, account: str, user_name: str) -> None:
    if view.state(user_stream(account, user_name)) is not None:
        raise EntityAlreadyExists(f"User with name {user_name} already exists.")
