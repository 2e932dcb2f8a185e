"""From the key identifier of a request to the key, for a caller who may.

Owns the steps before an operation: the identifier's form, the key behind it, the caller's right to do this to it, the
key's state, in this order. Whatever another account has or lacks looks the same to who is not let in.
"""

from typing import NamedTuple

from services.region_node.authorization.permission import refused_elsewhere, require_on_key
from services.region_node.operations.rules import Identifiers, Rule
from services.region_node.requests.call import Call
from shared.errors import NotFound
from shared.identifiers import alias_arn, key_arn, parse_key_identifier
from shared.keys.commands import KeyName
from shared.keys.lifecycle import require
from shared.keys.model import Key


class Found(NamedTuple):
    """A key, and the alias (with `alias/`) by which the request named it."""

    key: Key
    alias: str | None


def resolve_key(call: Call, identifier: str, rule: Rule) -> Key:
    """The key that `identifier` names, held in this region, for a caller who may do what `rule` says.

    Errors: InvalidArn, NotFound, AccessDenied.
    """
    key, alias = find_key(call, identifier, rule)
    require_on_key(call, rule, key, alias)
    return key


def find_key(call: Call, identifier: str, rule: Rule) -> Found:
    """The key that `identifier` names, whether or not the caller may do anything to it.

    Errors: InvalidArn, NotFound; AccessDenied for what another account does not have.
    """
    own, aliases = call.caller.account, rule.identifiers is Identifiers.KEY_OR_ALIAS
    account, key_id, alias = parse_key_identifier(identifier, call.region, own, aliases)
    if account != own:
        return _found_elsewhere(call, account, key_id, alias, rule)
    if key_id is None:
        key_id = _alias_target(call, account, alias or "")
    key = call.view.key(account, key_id)
    if key is None or key.state is None:
        raise NotFound(f"Key '{key_arn(call.region, account, key_id)}' does not exist")
    return Found(key, alias)


def _found_elsewhere(call: Call, account: str, key_id: str | None, alias: str | None, rule: Rule) -> Found:
    if rule.cross_account and alias is not None:
        known = call.view.alias(account, alias)
        key_id = None if known is None else known.key_id
    key = None if key_id is None or not rule.cross_account else call.view.key(account, key_id)
    if key is None or key.state is None:
        resource = (
            alias_arn(call.region, account, alias)
            if key_id is None and alias
            else key_arn(call.region, account, key_id or "")
        )
        raise refused_elsewhere(call, rule, resource, account)
    return Found(key, alias)


def resolve_allowed(call: Call, identifier: str, rule: Rule) -> Key:
    """As `resolve_key`, and the key's state allows the operation. Errors: also those of the table of key states."""
    key = resolve_key(call, identifier, rule)
    require_state(call, key, rule)
    return key


def require_state(call: Call, key: Key, rule: Rule) -> None:
    """Errors: those of the table of key states."""
    if rule.state_row is not None:
        require(rule.state_row, key, key_arn(call.region, key.account, key.key_id))


def resolve_name(call: Call, identifier: str, rule: Rule) -> KeyName:
    """The name of the key for a command. Errors: those of `resolve_key`."""
    key = resolve_key(call, identifier, rule)
    return KeyName(call.region, key.account, key.key_id)


def arn_of(call: Call, key: Key) -> str:
    return key_arn(call.region, key.account, key.key_id)


def _alias_target(call: Call, account: str, name: str) -> str:
    alias = call.view.alias(account, name)
    if alias is None:
        raise NotFound(f"Alias {alias_arn(call.region, account, name)} is not found.")
    return alias.key_id
