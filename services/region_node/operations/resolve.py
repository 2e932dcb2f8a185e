"""From the key identifier of a request to the key.

Owns the steps before an operation: the identifier's form, the key behind it, and whose key it is. Until policies are
enforced, only principals of the owning account are let in. Whatever another account has or lacks looks the same.
"""

from services.region_node.call import Call
from services.region_node.operations.rules import Identifiers, Rule
from shared.errors import AccessDenied, NotFound
from shared.identifiers import alias_arn, key_arn, parse_key_identifier
from shared.keys.aws_managed import is_allowed
from shared.keys.commands import KeyName
from shared.keys.lifecycle import require
from shared.keys.model import AWS, Key


def resolve_key(call: Call, identifier: str, rule: Rule) -> Key:
    """The key that `identifier` names, held in this region and owned by the caller's account.

    Errors: InvalidArn, NotFound, AccessDenied.
    """
    account, key_id, alias = parse_key_identifier(
        identifier,
        region=call.region,
        caller_account=call.caller.account,
        aliases=rule.identifiers is Identifiers.KEY_OR_ALIAS,
    )
    if account != call.caller.account:
        raise foreign_key(call, rule)
    if key_id is None:
        key_id = _alias_target(call, account, alias or "")
    key = call.view.key(account, key_id)
    if key is None or key.state is None:
        raise NotFound(f"Key '{key_arn(call.region, account, key_id)}' does not exist")
    if key.key_manager == AWS and not is_allowed(rule.action):
        raise _kept_from_principals(call, key, rule)
    return key


def resolve_allowed(call: Call, identifier: str, rule: Rule) -> Key:
    """As `resolve_key`, and the key's state allows the operation. Errors: also those of the table of key states."""
    key = resolve_key(call, identifier, rule)
    require_state(call, key, rule)
    return key


def require_state(call: Call, key: Key, rule: Rule) -> None:
    """Errors: those of the table of key states."""
    if rule.state_row is not None:
        require(rule.state_row, key, arn_of(call, key))


def resolve_name(call: Call, identifier: str, rule: Rule) -> KeyName:
    """The name of the key for a command. Errors: those of `resolve_key`."""
    key = resolve_key(call, identifier, rule)
    return KeyName(call.region, key.account, key.key_id)


def arn_of(call: Call, key: Key) -> str:
    return key_arn(call.region, key.account, key.key_id)


def foreign_key(call: Call, rule: Rule) -> AccessDenied:
    """The refusal for another account's key, which is the same whether or not there is one."""
    return AccessDenied(
        f"User: {call.caller.arn} is not authorized to perform: {rule.action} on this resource because the resource "
        "does not exist in this Region, no resource-based policies allow access, or a resource-based policy "
        "explicitly denies access"
    )


def _kept_from_principals(call: Call, key: Key, rule: Rule) -> AccessDenied:
    """What the policy of an AWS managed key comes to, until policies are evaluated."""
    return AccessDenied(
        f"User: {call.caller.arn} is not authorized to perform: {rule.action} on resource: {arn_of(call, key)} "
        f"because no resource-based policy allows the {rule.action} action"
    )


def _alias_target(call: Call, account: str, name: str) -> str:
    alias = call.view.alias(account, name)
    if alias is None:
        raise NotFound(f"Alias {alias_arn(call.region, account, name)} is not found.")
    return alias.key_id
