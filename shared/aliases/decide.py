"""What happens when somebody wants an alias changed.

Owns the rules for alias names and the decisions about aliases. Each rests on the key that the alias shall name (and, on
an update, the key that it names), so that a concurrent change of those keys makes it be decided again. An alias that
all regions of a key have in common is a part of that key.
Source: AWS KMS Developer Guide, "Aliases in AWS KMS".
"""

from itertools import islice

from shared.aliases.commands import CreateAlias, DeleteAlias, UpdateAlias
from shared.aliases.errors import NotAuthorized
from shared.aliases.model import Alias
from shared.decision import Decision, StateView
from shared.errors import AlreadyExists, InvalidAliasName, LimitExceeded, NotFound, ValidationFailed
from shared.events import AliasCreated, AliasDeleted, AliasRetargeted
from shared.identifiers import ALIAS_PATTERN, ALIAS_PREFIX, alias_arn, alias_stream, key_stream
from shared.keys.commands import KeyName
from shared.keys.decide_sharing import aliases_set
from shared.keys.lifecycle import require
from shared.keys.lookup import arn_of, held_key
from shared.keys.model import Key
from shared.keys.read_only import require_own
from shared.keys.sharing import ALIASES, alias_names, is_common
from shared.keys.specs import key_type

RESERVED_PREFIX = "alias/aws/"
MAXIMUM_LENGTH = 256
_NAMING_PAGE = "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"


def create_alias(command: CreateAlias, view: StateView) -> Decision:
    """Errors: those of `require_alias_name`, NotFound, InvalidKeyState, FollowsPrimary, AlreadyExists,
    LimitExceeded.
    """
    require_alias_name(command.alias)
    target = _target(view, command.target, "CreateAlias")
    if view.alias(target.account, command.alias) is not None:
        arn = alias_arn(command.target.region, target.account, command.alias)
        raise AlreadyExists(f"An alias with the name {arn} already exists")
    _require_room(view, target, command.aliases_per_key)
    return _given(target, command.target.region, command.alias)


def update_alias(command: UpdateAlias, view: StateView) -> Decision:
    """Errors: ValidationFailed, NotAuthorized, NotFound, also for a name that no alias can have; InvalidKeyState,
    FollowsPrimary, LimitExceeded.
    """
    require_own_alias(command.alias)
    alias = _existing(view, command.target.region, command.target.account, command.alias)
    target = _target(view, command.target, "UpdateAlias")
    former = view.key(alias.account, alias.key_id)
    if former is not None:
        _require_alike(former, target)
    if alias.key_id != target.key_id:
        _require_room(view, target, command.aliases_per_key)
    streams = sorted({key_stream(target.account, key_id) for key_id in (alias.key_id, target.key_id)})
    moved = _moved(view, command, alias, target)
    return moved._replace(rests_on=tuple(sorted({*moved.rests_on, *streams})))


def _moved(view: StateView, command: UpdateAlias, alias: Alias, target: Key) -> Decision:
    if _is_own(view, alias) and not is_common(target, ALIASES):
        return Decision((AliasRetargeted(target.account, alias.alias, target.key_id),))
    if not _is_own(view, alias) and alias.key_id == target.key_id:
        return Decision(())
    taken = _taken(view, command.target.region, alias)
    given = _given(target, command.target.region, alias.alias)
    return Decision((*taken.events, *given.events), (*taken.shared_events, *given.shared_events), given.rests_on)


def delete_alias(command: DeleteAlias, view: StateView) -> Decision:
    """Errors: ValidationFailed, NotAuthorized, NotFound, also for a name that no alias can have; FollowsPrimary."""
    require_own_alias(command.alias)
    alias = _existing(view, command.region, command.account, command.alias)
    # Once the name is gone, nothing else tells which key a repeated request was about.
    return _taken(view, command.region, alias)._replace(answer=alias.key_id)


def _given(key: Key, region: str, alias: str) -> Decision:
    """`key` gets an alias that it has not."""
    if is_common(key, ALIASES):
        # The name's own stream is a register here: two keys that both get it exclude each other there.
        set_in_common = aliases_set(key, region, {*alias_names(key), alias})
        return set_in_common._replace(rests_on=(*set_in_common.rests_on, alias_stream(key.account, alias)))
    created = AliasCreated(key.account, alias, key.key_id)
    return Decision((created,), rests_on=(key_stream(key.account, key.key_id),))


def _taken(view: StateView, region: str, alias: Alias) -> Decision:
    """The alias goes. Errors: FollowsPrimary."""
    if _is_own(view, alias):
        return Decision((AliasDeleted(alias.account, alias.alias, alias.key_id),))
    name = KeyName(region, alias.account, alias.key_id)
    key = held_key(view, name)
    require_own(key, name, ALIASES)
    return aliases_set(key, region, {*alias_names(key)} - {alias.alias})


def _is_own(view: StateView, alias: Alias) -> bool:
    """Whether the region has the alias by itself."""
    return view.state(alias_stream(alias.account, alias.alias)) is not None


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
    if ALIAS_PATTERN.fullmatch(alias) is None:
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
    require_own(key, name, ALIASES)
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
