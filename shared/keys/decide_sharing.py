"""What a change of a multi-region key's settings means for its other regions.

Owns the shared half of those decisions: where a change at the primary touches what its replicas follow, they are told
all of it as it stands then.
"""

from collections.abc import Iterable

from shared.decision import Decision, StateView
from shared.errors import InvalidKeyState
from shared.events import AliasDeleted, Event, KeyAliasesSet
from shared.grants.lookup import is_of
from shared.identifiers import alias_stream
from shared.keys.commands import KeyName, RegionalSettings
from shared.keys.errors import FollowsPrimary
from shared.keys.lookup import arn_of
from shared.keys.model import Key
from shared.keys.sharing import (
    ALIASES,
    GRANTS,
    POLICY,
    REPLICATE_TAG,
    TAGS,
    alias_names,
    is_common,
    is_given,
    settings_of,
)


def told(before: Key, after: Key, region: str, *events: Event) -> Decision:
    """`events`, which make `after` of `before` in `region`; its replicas hear of what they follow."""
    said = settings_of(after)
    follows = before.primary_region == region and before.replica_regions and said != settings_of(before)
    return Decision(events, (said,) if follows else ())


def retagged(before: Key, after: Key, name: KeyName, view: StateView, event: Event) -> Decision:
    """As `told`, for a change of tags: aliases that the tag comes to name become those of all regions."""
    if not is_common(after, ALIASES) or is_common(before, ALIASES):
        return told(before, after, name.region, event)
    own = own_aliases(view, before)
    names = tuple(sorted({*own, *alias_names(before)}))
    gone = [AliasDeleted(before.account, alias) for alias in own]
    common = KeyAliasesSet(before.account, before.key_id, names)
    return told(before, _with_names(after, names), name.region, event, *gone, common)


def aliases_set(key: Key, region: str, names: Iterable[str]) -> Decision:
    """`names` are the aliases that all regions of `key` have in common from now on."""
    ordered = tuple(sorted(names))
    return told(key, _with_names(key, ordered), region, KeyAliasesSet(key.account, key.key_id, ordered))


def _with_names(key: Key, names: tuple[str, ...]) -> Key:
    return key._replace(aliases=tuple((name, 0) for name in names))


def own_aliases(view: StateView, key: Key) -> list[str]:
    """The aliases of the key that its region has alone."""
    names = (alias.alias for alias in view.aliases_of(key.account, key.key_id, ""))
    return [name for name in names if view.state(alias_stream(key.account, name)) is not None]


def require_followed(key: Key, replica: KeyName, asked: RegionalSettings) -> None:
    """Refuse another policy or other tags for a new replica than those that it is to follow. Errors: FollowsPrimary."""
    tags = dict(asked.tags)
    if is_common(key, TAGS):
        _require_same(not tags or tags == dict(key.tags), key, replica, TAGS)
    else:
        own = dict(key.tags).get(REPLICATE_TAG)
        _require_same(tags.get(REPLICATE_TAG) in (None, own), key, replica, REPLICATE_TAG)
    if is_common(key, POLICY):
        _require_same(asked.policy in (None, key.policy), key, replica, POLICY)


def born_settings(key: Key, asked: RegionalSettings) -> RegionalSettings:
    """What a new replica is born with: what was asked for, and what it follows from the first day."""
    if is_common(key, TAGS):
        asked = asked._replace(tags=key.tags)
    else:
        replicate = [tag for tag in key.tags if tag[0] == REPLICATE_TAG]
        own = [tag for tag in asked.tags if tag[0] != REPLICATE_TAG]
        asked = asked._replace(tags=(*own, *replicate))
    if is_common(key, POLICY):
        asked = asked._replace(policy=key.policy, bypass_lockout_check=True)
    return asked


def _require_same(same: bool, key: Key, replica: KeyName, what: str) -> None:
    if not same:
        raise FollowsPrimary(f"The {what} of {arn_of(replica)} will follow its primary key, in {key.primary_region}.")


def require_all_given(view: StateView, key: Key, name: KeyName) -> None:
    """Refuse to hand over while grants are still to be given to all regions. Errors: InvalidKeyState."""
    if not is_given(key, name.region, GRANTS):
        return
    if any(is_of(grant, key) for grant in view.own_grants(key.account, key.key_id)):
        raise InvalidKeyState(f"{arn_of(name)} is still giving its grants to its replica keys.")
