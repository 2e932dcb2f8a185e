"""What becomes of a key when its regions come to have more in common, or less.

Owns the folds of the settings that follow the primary. They are told as a whole, so a region needs to know nothing of
what was told before.
"""

from shared import events as e
from shared.fold import Fold
from shared.keys.folding import first_state, with_secrets, without_secrets
from shared.keys.model import Key
from shared.keys.sharing import ALIASES, GRANTS, POLICY, REPLICATE_TAG, TAGS, is_common, named_by


def with_tags(key: Key, tags: e.Tags) -> Key:
    """The key with these tags. Grants once had in common stay in force when the tag no longer names them."""
    key = key._replace(tags=tags)
    return key._replace(shares_grants=True) if is_common(key, GRANTS) else key


def follow(key: Key, event: e.KeySettingsShared, fold: Fold) -> Key:
    """A region without a replica has nothing that could follow: it gets all of it when it is given the key."""
    if not key.held_here:
        return key
    named, begins = named_by(((REPLICATE_TAG, event.replicate),)), not is_common(key, GRANTS)
    key = with_tags(key, event.tags if TAGS in named else _own_tags(key.tags, event.replicate))
    if POLICY in named:
        key = key._replace(policy=event.policy)
    if ALIASES in named:
        key = with_aliases(key, event.aliases, fold.time)
    return without_own_grants(key, fold.time) if begins and GRANTS in named else key


def _own_tags(tags: e.Tags, replicate: str) -> e.Tags:
    own = {name: value for name, value in tags if name != REPLICATE_TAG}
    return tuple(sorted((own | ({REPLICATE_TAG: replicate} if replicate else {})).items()))


def with_aliases(key: Key, names: tuple[str, ...], time: int) -> Key:
    """Those that the key had keep their time."""
    since = dict(key.aliases)
    return key._replace(aliases=tuple((name, since.get(name, time)) for name in sorted(set(names))))


def without_own_grants(key: Key, time: int) -> Key:
    """The grants that a region has alone are of no effect any more, also those that come into its log later."""
    return key._replace(own_grants_since=max(time, key.grants_life + 1))


def born_here(key: Key, event: e.KeyReplicated, fold: Fold) -> Key:
    """A new replica keeps what it has folded since the key's birth; it gets secrets and settings of its own.

    One that an overtaken record had given the key before keeps its settings and gets the secrets that it lacks.
    """
    if key.held_here:
        return with_secrets(key, fold)
    key = with_secrets(key, fold)._replace(
        state=first_state(key.origin), created_at=fold.time, description=event.description, policy=event.policy
    )
    return with_aliases(with_tags(key, event.tags), event.aliases, fold.time)


def settings_in(event: e.KeyReplicated) -> e.KeySettingsShared:
    """What the regions have in common as of the record that gives one of them the key."""
    replicate = dict(event.tags).get(REPLICATE_TAG, "")
    return e.KeySettingsShared(event.account, event.key_id, replicate, event.policy, event.tags, event.aliases)


def let_go(key: Key) -> Key:
    """What a region still knows of a key when its replica is gone."""
    key = without_secrets(key)._replace(state=None, description="", policy=None, tags=(), deletion=None)
    return key._replace(aliases=(), own_grants_since=0, shares_grants=False, scream_test=None)
