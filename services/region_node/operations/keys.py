"""CreateKey, DescribeKey, ListKeys, EnableKey, DisableKey, UpdateKeyDescription."""

from collections.abc import Awaitable, Callable
from functools import partial

from services.region_node.authorization.permission import require_in_account
from services.region_node.changes.fresh_material import born_here
from services.region_node.families.creating import create_with_replicas
from services.region_node.operations import rules
from services.region_node.operations.aws_managed import make_if_predefined
from services.region_node.operations.key_placing import create_in_store
from services.region_node.operations.metadata import metadata_of
from services.region_node.operations.pagination import PageSize, list_scope, page_of
from services.region_node.operations.resolve import resolve_key, resolve_name
from services.region_node.operations.tags import require_known_regions
from services.region_node.operations.types.keys import (
    CreateKeyRequest,
    CreateKeyResponse,
    DescribeKeyRequest,
    DescribeKeyResponse,
    DisableKeyRequest,
    EnableKeyRequest,
    KeyListEntry,
    ListKeysRequest,
    ListKeysResponse,
    UpdateKeyDescriptionRequest,
)
from services.region_node.operations.weights import WEIGHTS
from services.region_node.requests.call import Call
from shared.crypto import entropy
from shared.crypto.key_material import generate_material
from shared.errors import ValidationFailed
from shared.events import MaterialBorn
from shared.identifiers import key_arn
from shared.keys import commands, decide
from shared.keys.commands import KeyName, RegionalSettings, SettingsLimits
from shared.keys.lookup import held_key
from shared.keys.model import Key
from shared.keys.replicas_tag import asks_for_replicas
from shared.keys.specs import EXTERNAL, SYMMETRIC_DEFAULT, usage_of

LIST_KEYS_PAGE = PageSize(default=100, most=1000)


async def create_key(call: Call, request: CreateKeyRequest) -> CreateKeyResponse:
    """The answer names the key that the command made when it was first seen, which may be an earlier one."""
    if request.tags:
        require_in_account(call, rules.TAG_RESOURCE.action)
        require_known_regions(call, request.tags)
    spec = _key_spec(request)
    usage = usage_of(spec, request.key_usage)
    key_id = entropy.multi_region_key_id(call.region) if request.multi_region else entropy.key_id()
    name = KeyName(call.region, call.caller.account, key_id)
    command = commands.CreateKey(
        key=name,
        spec=spec,
        usage=usage,
        origin=request.origin,
        multi_region=request.multi_region,
        material=None,
        settings=RegionalSettings(
            request.description, request.policy, request.tags, request.bypass_policy_lockout_safety_check
        ),
        limits=SettingsLimits(call.quotas.policy_bytes, call.quotas.tags_per_key),
        author=call.caller.principal,
        keys_per_account=call.quotas.keys_per_account,
        custom_key_store_id=request.custom_key_store_id,
        external_key_id=request.xks_key_id,
    )
    created = await _creator(command)(call, command)
    view = call.latest()
    return CreateKeyResponse(metadata_of(held_key(view, name._replace(key_id=created)), call.region, view))


def _creator(command: commands.CreateKey) -> Callable[[Call, commands.CreateKey], Awaitable[str]]:
    if asks_for_replicas(command.settings.tags):
        return create_with_replicas
    return _create_here if command.custom_key_store_id is None else create_in_store


async def _create_here(call: Call, command: commands.CreateKey) -> str:
    if command.origin != EXTERNAL:
        command = command._replace(material=await _fresh_material(call, command))
    return await call.change(lambda view: decide.create_key(command, view))


def _key_spec(request: CreateKeyRequest) -> str:
    if request.key_spec is not None and request.customer_master_key_spec is not None:
        raise ValidationFailed(
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. "
            "CustomerMasterKeySpec is deprecated."
        )
    return request.key_spec or request.customer_master_key_spec or SYMMETRIC_DEFAULT


async def _fresh_material(call: Call, command: commands.CreateKey) -> MaterialBorn:
    secret = await call.threads.run(WEIGHTS[command.spec].make, partial(generate_material, command.spec))
    born = born_here(call.vault, command.key.account, command.key.key_id, secret, call.now)
    return born._replace(id_commits=command.multi_region)


async def describe_key(call: Call, request: DescribeKeyRequest) -> DescribeKeyResponse:
    await make_if_predefined(call, request.key_id)
    key = resolve_key(call, request.key_id, rules.DESCRIBE_KEY)
    return DescribeKeyResponse(metadata_of(key, call.region, call.view))


def list_keys(call: Call, request: ListKeysRequest) -> ListKeysResponse:
    """Nothing is shared with another account here, so that whoever asks for those keys alone gets none."""
    if request.resource_owners is not None and "SELF" not in request.resource_owners:
        return ListKeysResponse((), None, truncated=False)
    account = call.caller.account
    page = page_of(
        list_scope(call, "ListKeys"),
        request.marker,
        LIST_KEYS_PAGE.of(request.limit),
        lambda after: call.view.keys(account, after),
        lambda key: key.key_id,
        lambda key: key.held_here,
    )
    return ListKeysResponse(tuple(_entry(key, call.region) for key in page.items), page.next_marker, page.truncated)


def _entry(key: Key, region: str) -> KeyListEntry:
    return KeyListEntry(key.key_id, key_arn(region, key.account, key.key_id))


async def enable_key(call: Call, request: EnableKeyRequest) -> None:
    command = commands.SetKeyEnabled(resolve_name(call, request.key_id, rules.ENABLE_KEY), enabled=True)
    await call.change(lambda view: decide.set_key_enabled(command, view))


async def disable_key(call: Call, request: DisableKeyRequest) -> None:
    command = commands.SetKeyEnabled(resolve_name(call, request.key_id, rules.DISABLE_KEY), enabled=False)
    await call.change(lambda view: decide.set_key_enabled(command, view))


async def update_key_description(call: Call, request: UpdateKeyDescriptionRequest) -> None:
    name = resolve_name(call, request.key_id, rules.UPDATE_KEY_DESCRIPTION)
    command = commands.UpdateKeyDescription(name, request.description)
    await call.change(lambda view: decide.update_key_description(command, view))
