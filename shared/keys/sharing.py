"""What the regions of a multi-region key have in common beside its material, because the key asks for it.

Owns the tag `keytide:replicate` and what it names: that follows the primary, and so does the tag itself. Without it,
policy, grants, aliases and tags are regional, as they are at AWS.
"""

from shared.events import KeySettingsShared, Tags
from shared.keys.model import Key

REPLICATE_TAG = "keytide:replicate"
POLICY, GRANTS, ALIASES, TAGS = "policy", "grants", "aliases", "tags"
WORDS = frozenset((POLICY, GRANTS, ALIASES, TAGS))


def named_by(tags: Tags) -> frozenset[str]:
    """What the tag among `tags` names, if it is there."""
    return frozenset(dict(tags).get(REPLICATE_TAG, "").split()) & WORDS


def is_common(key: Key, word: str) -> bool:
    """Whether all regions of the key have in common what `word` names."""
    return key.is_multi_region and word in named_by(key.tags)


def is_given(key: Key, region: str, word: str) -> bool:
    """Whether `region` says for all others what `word` names."""
    return key.primary_region == region and is_common(key, word)


def alias_names(key: Key) -> tuple[str, ...]:
    """The aliases that all regions of the key have in common."""
    return tuple(name for name, _ in key.aliases)


def settings_of(key: Key) -> KeySettingsShared:
    """What the primary tells of the key's settings: what the tag names, and nothing else."""
    named = named_by(key.tags)
    return KeySettingsShared(
        key.account,
        key.key_id,
        replicate=dict(key.tags).get(REPLICATE_TAG, ""),
        policy=key.policy if POLICY in named else None,
        tags=key.tags if TAGS in named else (),
        aliases=alias_names(key) if ALIASES in named else (),
    )
