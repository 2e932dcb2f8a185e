"""CreateAlias, UpdateAlias, DeleteAlias, ListAliases."""

from collections.abc import Iterator
from dataclasses import replace
from heapq import merge

from services.region_node.authorization.permission import require_on_alias, require_on_key
from services.region_node.operations import rules
from services.region_node.operations.aws_managed import UNASSOCIATED, unassociated
from services.region_node.operations.pagination import PageSize, list_scope, page_of
from services.region_node.operations.resolve import find_key, resolve_name
from services.region_node.operations.rules import Rule
from services.region_node.operations.types.aliases import (
    AliasListEntry,
    CreateAliasRequest,
    DeleteAliasRequest,
    ListAliasesRequest,
    ListAliasesResponse,
    UpdateAliasRequest,
)
from services.region_node.requests.call import Call
from shared.aliases import commands, decide
from shared.aliases.model import Alias
from shared.decision import Decision, StateView
from shared.errors import ValidationFailed
from shared.identifiers import alias_arn, parse_key_identifier
from shared.keys.commands import KeyName
from shared.keys.model import Key

LIST_ALIASES_PAGE = PageSize(default=50, most=100)


async def create_alias(call: Call, request: CreateAliasRequest) -> None:
    decide.require_alias_name(request.alias_name)
    require_on_alias(call, rules.CREATE_ALIAS, request.alias_name)
    target = _target(call, request.target_key_id, rules.CREATE_ALIAS)
    command = commands.CreateAlias(request.alias_name, target, call.quotas.aliases_per_key)
    await call.change(lambda view: decide.create_alias(command, view))


async def update_alias(call: Call, request: UpdateAliasRequest) -> None:
    decide.require_own_alias(request.alias_name)
    former = _require_on_alias_and_its_key(call, rules.UPDATE_ALIAS, request.alias_name)
    target = _target(call, request.target_key_id, rules.UPDATE_ALIAS)
    command = commands.UpdateAlias(request.alias_name, target, call.quotas.aliases_per_key)

    def decided(view: StateView) -> Decision:
        _require_on_other(call, rules.UPDATE_ALIAS, request.alias_name, former, view)
        return decide.update_alias(command, view)

    await call.change(decided)


def _target(call: Call, identifier: str, rule: Rule) -> KeyName:
    """The key that an alias shall name. Errors: those of `resolve_name`; ValidationFailed for another alias."""
    if parse_key_identifier(identifier, region=call.region, caller_account=call.caller.account, aliases=True).alias:
        raise ValidationFailed("Aliases must refer to keys. Not aliases")
    return resolve_name(call, identifier, rule)


def _require_on_alias_and_its_key(call: Call, rule: Rule, name: str) -> str | None:
    """The id of the key that the alias names. An alias that is not there is refused by the decision.

    Errors: AccessDenied.
    """
    require_on_alias(call, rule, name)
    key = _named(call.view, call.caller.account, name)
    if key is None:
        return None
    require_on_key(call, rule, key)
    return key.key_id


def _require_on_other(call: Call, rule: Rule, name: str, asked: str | None, view: StateView) -> None:
    """The alias may name another key than `asked` by now: the right on that one decides. Errors: AccessDenied."""
    key = _named(view, call.caller.account, name)
    if key is not None and key.key_id != asked:
        require_on_key(replace(call, view=view), rule, key)


def _named(view: StateView, account: str, name: str) -> Key | None:
    alias = view.alias(account, name)
    return None if alias is None else view.key(alias.account, alias.key_id)


async def delete_alias(call: Call, request: DeleteAliasRequest) -> None:
    decide.require_own_alias(request.alias_name)
    former = _require_on_alias_and_its_key(call, rules.DELETE_ALIAS, request.alias_name)
    command = commands.DeleteAlias(call.region, call.caller.account, request.alias_name)

    def decided(view: StateView) -> Decision:
        _require_on_other(call, rules.DELETE_ALIAS, request.alias_name, former, view)
        return decide.delete_alias(command, view)

    await call.change(decided)


def list_aliases(call: Call, request: ListAliasesRequest) -> ListAliasesResponse:
    account, view, key_id = call.caller.account, call.view, ""
    if request.key_id is not None:
        key_id = find_key(call, request.key_id, rules.LIST_ALIASES).key.key_id
    page = page_of(
        list_scope(call, "ListAliases", key_id),
        request.marker,
        LIST_ALIASES_PAGE.of(request.limit),
        lambda after: view.aliases_of(account, key_id, after) if key_id else _all_aliases(call, after),
        lambda alias: alias.alias,
    )
    entries = tuple(_entry(alias, call.region) for alias in page.items)
    return ListAliasesResponse(entries, page.next_marker, page.truncated)


def _all_aliases(call: Call, after: str) -> Iterator[Alias]:
    stored, predefined = call.view.aliases(call.caller.account, after), unassociated(call, after)
    return merge(stored, predefined, key=lambda alias: alias.alias)


def _entry(alias: Alias, region: str) -> AliasListEntry:
    arn = alias_arn(region, alias.account, alias.alias)
    if alias.key_id == UNASSOCIATED:
        return AliasListEntry(alias.alias, arn, None, None, None)
    return AliasListEntry(
        alias.alias,
        arn,
        alias.key_id,
        alias.created_at / 1000,
        alias.updated_at / 1000,
    )
