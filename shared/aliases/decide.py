"""What happens when somebody wants an alias changed.

Owns the rules for alias names and the decisions about aliases. Each rests on the key that the alias shall name (and, on
an update, the key that it names), so that a concurrent change of those keys makes it be decided again.
Source: AWS KMS Developer Guide, "Aliases in AWS KMS".
"""

import re
from itertools import islice

from shared.aliases.commands import CreateAlias, DeleteAlias, UpdateAlias
from shared.aliases.errors import NotAuthorized
from shared.aliases.model import Alias
from shared.decision import Decision, StateView
from shared.errors import AlreadyExists, InvalidAliasName, LimitExceeded, NotFound, ValidationFailed
from shared.events import AliasCreated, AliasDeleted, AliasRetargeted
from shared.identifiers import ALIAS_PREFIX, alias_arn, key_stream
from shared.keys.commands import KeyName
from shared.keys.lifecycle import require
from shared.keys.lookup import arn_of, held_key
from shared.keys.model import Key
from shared.keys.specs import key_type

RESERVED_PREFIX = "alias/aws/"
MAXIMUM_LENGTH = 256
_NAME = re.compile(r"alias/[A-Za-z0-9/_-]+")
_NAMING_PAGE = "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"


def create_alias(command: CreateAlias, view: StateView) -> Decision:
    """Errors: those of `require_alias_name`, NotFound, InvalidKeyState, AlreadyExists, LimitExceeded."""
    require_alias_name(command.alias)
    target = _target(view, command.target, "CreateAlias")
    if view.alias(target.account, command.alias) is not None:
        arn = alias_arn(command.target.region, target.account, command.alias)
        raise AlreadyExists(f"An alias with the name {arn} already exists")
    _require_room(view, target, command.aliases_per_key)
    created = AliasCreated(target.account, command.alias, target.key_id)
    return Decision((created,), rests_on=(key_stream(target.account, target.key_id),))


def update_alias(command: UpdateAlias, view: StateView) -> Decision:
    """Errors: ValidationFailed, NotAuthorized, NotFound, also for a name that no alias can have; InvalidKeyState,
    LimitExceeded.
    """
    require_own_alias(command.alias)
    alias = _existing(view, command.target.region, command.target.account, command.alias)
    target = _target(view, command.target, "UpdateAlias")
    former = view.key(alias.account, alias.key_id)
    if former is not None:
        _require_alike(former, target)
    if alias.key_id != target.key_id:
        _require_room(view, target, command.aliases_per_key)
    retargeted = AliasRetargeted(target.account, command.alias, target.key_id)
    streams = sorted({key_stream(target.account, key_id) for key_id in (alias.key_id, target.key_id)})
    return Decision((retargeted,), rests_on=tuple(streams))


def delete_alias(command: DeleteAlias, view: StateView) -> Decision:
    """Errors: ValidationFailed, NotAuthorized, NotFound, also for a name that no alias can have."""
    require_own_alias(command.alias)
    alias = _existing(view, command.region, command.account, command.alias)
    return Decision((AliasDeleted(alias.account, alias.alias),))


def require_alias_prefix(alias: str) -> None:
    """Errors: ValidationFailed."""
    if not alias.startswith(ALIAS_PREFIX):
        raise ValidationFailed(f'Alias must start with the prefix "alias/". Please see {_NAMING_PAGE}')


def require_alias_name(alias: str) -> None:
    """Errors: ValidationFailed without the prefix or too long, InvalidAliasName, NotAuthorized."""
    require_alias_prefix(alias)
    if len(alias) > MAXIMUM_LENGTH:
        raise ValidationFailed(
            f"1 validation error detected: Value '{alias}' at 'aliasName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAXIMUM_LENGTH}"
        )
    if _NAME.fullmatch(alias) is None:
        raise InvalidAliasName(f"{alias} contains invalid characters for an alias")
    require_own_alias(alias)


def require_own_alias(alias: str) -> None:
    """What may be moved and deleted. Errors: ValidationFailed without the prefix, NotAuthorized for a name of AWS's."""
    require_alias_prefix(alias)
    if alias.startswith(RESERVED_PREFIX):
        raise NotAuthorized


def _target(view: StateView, name: KeyName, operation: str) -> Key:
    key = held_key(view, name)
    require(operation, key, arn_of(name))
    return key


def _existing(view: StateView, region: str, account: str, name: str) -> Alias:
    alias = view.alias(account, name)
    if alias is None:
        raise NotFound(f"Alias {alias_arn(region, account, name)} is not found.")
    return alias


def _require_room(view: StateView, key: Key, quota: int) -> None:
    if sum(1 for _ in islice(view.aliases_of(key.account, key.key_id, ""), quota)) >= quota:
        raise LimitExceeded(f"The key has {quota} aliases already, as many as its quota allows.")


def _require_alike(former: Key, target: Key) -> None:
    if (key_type(former.spec), former.usage) != (key_type(target.spec), target.usage):
        raise ValidationFailed("An alias can only be moved between keys of the same type and the same key usage.")
