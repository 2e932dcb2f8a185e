"""What a replica may not change, because it follows its primary.

Owns the refusals. Revoking and retiring grants is not among them: that binds in every region at once.
"""

from collections.abc import Collection

from shared.errors import InvalidTag
from shared.events import Tags
from shared.keys.commands import KeyName
from shared.keys.errors import FollowsPrimary
from shared.keys.lookup import arn_of
from shared.keys.model import Key
from shared.keys.sharing import REPLICATE_TAG, TAGS, WORDS, is_common


def require_replicate_tag(tags: Tags, multi_region: bool) -> None:
    """Refuse a tag that could not be followed. Errors: InvalidTag."""
    value = dict(tags).get(REPLICATE_TAG)
    if value is None:
        return
    if not multi_region:
        raise InvalidTag(f"{REPLICATE_TAG} is for multi-region keys")
    if not value.split() or not WORDS.issuperset(value.split()):
        raise InvalidTag(f"{REPLICATE_TAG} takes {', '.join(sorted(WORDS))}, separated by spaces")


def require_own(key: Key, name: KeyName, word: str) -> None:
    """Refuse to change at a replica what it follows. Errors: FollowsPrimary."""
    if is_common(key, word):
        _require_primary(key, name, word)


def require_own_tags(key: Key, name: KeyName, tag_keys: Collection[str]) -> None:
    """Refuse to change these tags at a replica that follows them. Errors: FollowsPrimary."""
    require_own(key, name, TAGS)
    if key.is_multi_region and REPLICATE_TAG in tag_keys:
        _require_primary(key, name, f"tag {REPLICATE_TAG}")


def _require_primary(key: Key, name: KeyName, what: str) -> None:
    if key.primary_region != name.region:
        raise FollowsPrimary(
            f"The {what} of {arn_of(name)} can be changed only at its primary key, in {key.primary_region}."
        )
