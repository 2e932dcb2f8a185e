"""CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey.

A request that names no user means the caller. The secret is shown once: the answer of a command that comes again could
only name the access key, so it is refused.
"""

from collections.abc import Iterator

from services.region_node.iam.holders import own_name, user_named
from services.region_node.iam.pages import listed
from services.region_node.iam.types.access_keys import (
    AccessKey,
    AccessKeyMetadata,
    CreateAccessKeyRequest,
    CreateAccessKeyResponse,
    DeleteAccessKeyRequest,
    ListAccessKeysRequest,
    ListAccessKeysResponse,
    UpdateAccessKeyRequest,
)
from services.region_node.keys.access_key_secrets import fresh_access_key
from services.region_node.requests.call import Call
from shared.identity import decide_access_keys as decide
from shared.identity import model
from shared.identity.commands import DeleteAccessKey, UpdateAccessKey
from shared.identity.deciding import known_account
from shared.identity.errors import EntityAlreadyExists
from shared.identity.naming import access_keys_index


async def create_access_key(call: Call, request: CreateAccessKeyRequest) -> CreateAccessKeyResponse:
    """It verifies in every region that has adopted it.

    Errors: NoSuchEntity; EntityAlreadyExists for a command that has been carried out before.
    """
    account, user_name = known_account(call.view, call.caller.account), _user_name(call, request.user_name)
    if user_name:
        user_name = user_named(call, user_name).user_name
    fresh = fresh_access_key(call.vault, call.region, account, call.now, user_name)
    created = await call.change(lambda view: decide.create_access_key(fresh.command, view))
    if created != fresh.access_key_id:
        raise EntityAlreadyExists(
            f"This request has created the access key {created} before, and its secret is shown once. "
            "Delete it, and create another."
        )
    shown = fresh.secret.reveal().decode()
    return CreateAccessKeyResponse(AccessKey(user_name, created, model.ACTIVE, shown, call.now / 1000))


def list_access_keys(call: Call, request: ListAccessKeysRequest) -> ListAccessKeysResponse:
    user_name = _user_name(call, request.user_name)
    if user_name:
        user_name = user_named(call, user_name).user_name
    page = listed(
        call, request, user_name.lower(), lambda after: _of_user(call, user_name, after), lambda key: key.access_key_id
    )
    return ListAccessKeysResponse(tuple(map(_metadata, page.items)), page.truncated, page.next_marker)


def _of_user(call: Call, user_name: str, after: str) -> Iterator[model.AccessKey]:
    account = call.caller.account
    for access_key_id in call.view.indexed(account, access_keys_index(account, user_name), after):
        access_key = call.view.access_key(access_key_id)
        if access_key is not None:
            yield access_key


def _metadata(key: model.AccessKey) -> AccessKeyMetadata:
    return AccessKeyMetadata(key.user_name or None, key.access_key_id, key.status, key.created_at / 1000)


async def update_access_key(call: Call, request: UpdateAccessKeyRequest) -> None:
    user_name = _user_name(call, request.user_name)
    command = UpdateAccessKey(call.region, call.caller.account, user_name, request.access_key_id, request.status)
    await call.change(lambda view: decide.update_access_key(command, view))


async def delete_access_key(call: Call, request: DeleteAccessKeyRequest) -> None:
    user_name = _user_name(call, request.user_name)
    command = DeleteAccessKey(call.region, call.caller.account, user_name, request.access_key_id)
    await call.change(lambda view: decide.delete_access_key(command, view))


def _user_name(call: Call, named: str | None) -> str:
    return own_name(call) if named is None else named
