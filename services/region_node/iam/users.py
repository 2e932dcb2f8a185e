"""CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser."""

from services.region_node.iam.holders import own_name, user_named
from services.region_node.iam.pages import listed
from services.region_node.iam.rendering import pairs_of, user_of
from services.region_node.iam.types import common
from services.region_node.iam.types.users import (
    CreateUserRequest,
    CreateUserResponse,
    DeleteUserRequest,
    GetUserRequest,
    GetUserResponse,
    ListUsersRequest,
    ListUsersResponse,
    UpdateUserRequest,
)
from services.region_node.requests.call import Call
from shared.crypto import entropy
from shared.identifiers import account_stream, user_stream
from shared.identity import decide_users as decide
from shared.identity.commands import CreateUser, DeleteUser, UpdateUser
from shared.identity.model import Account, User
from shared.identity.naming import USER


async def create_user(call: Call, request: CreateUserRequest) -> CreateUserResponse:
    account = call.caller.account
    command = CreateUser(
        call.region,
        account,
        request.user_name,
        entropy.user_id(),
        request.path or "/",
        pairs_of(request.tags),
        request.permissions_boundary,
    )
    await call.change(lambda view: decide.create_user(command, view))
    user = call.latest().state(user_stream(account, request.user_name))
    return CreateUserResponse(user_of(user) if isinstance(user, User) else None)


def get_user(call: Call, request: GetUserRequest) -> GetUserResponse:
    name = own_name(call) if request.user_name is None else request.user_name
    return GetUserResponse(user_of(user_named(call, name)) if name else _root(call))


def _root(call: Call) -> common.User:
    """The root user, who has neither path nor name of its own."""
    account = call.view.state(account_stream(call.caller.account))
    created_at = account.created_at / 1000 if isinstance(account, Account) else 0
    return common.User("/", "root", call.caller.account, call.caller.arn, created_at)


def list_users(call: Call, request: ListUsersRequest) -> ListUsersResponse:
    """Without boundaries and tags, as AWS lists them."""
    account, prefix = call.caller.account, request.path_prefix or "/"
    page = listed(
        call,
        request,
        prefix,
        lambda after: (user for user in call.view.entities(account, USER, after) if isinstance(user, User)),
        lambda user: user.user_name.lower(),
        lambda user: user.path.startswith(prefix),
    )
    users = tuple(user_of(user)._replace(permissions_boundary=None, tags=None) for user in page.items)
    return ListUsersResponse(users, page.truncated, page.next_marker)


async def update_user(call: Call, request: UpdateUserRequest) -> None:
    command = UpdateUser(call.region, call.caller.account, request.user_name, request.new_user_name, request.new_path)
    await call.change(lambda view: decide.update_user(command, view))


async def delete_user(call: Call, request: DeleteUserRequest) -> None:
    command = DeleteUser(call.region, call.caller.account, request.user_name)
    await call.change(lambda view: decide.delete_user(command, view))
