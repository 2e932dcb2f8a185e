"""The rules for tags. Owns every refusal of a tag.

Source: AWS KMS Developer Guide, "Tags in AWS KMS"; for the characters, "Tag naming limits and requirements" of the
guide to tagging AWS resources, and the `TagException` that AWS KMS answers to others.
"""

import unicodedata
from collections.abc import Collection

from shared.errors import InvalidTag
from shared.events import Tags
from shared.keys.staleness import require_limits
from shared.keys.synchronous import require_demand

_RESERVED_PREFIX = "aws:"
_CATEGORIES = frozenset("LNZ")
"""Unicode's letters, numbers and spaces, by the first character of their categories."""
_SIGNS = frozenset("_.:/=+-@")


def require_tags(tags: Tags) -> Tags:
    """Refuse a key twice, the reserved prefix, other characters than those of a tag a limit of staleness
    that is none and a demand that nobody could read; answer the tags in the order of their keys. Errors: InvalidTag.
    """
    if len({name for name, _ in tags}) != len(tags):
        raise InvalidTag("Duplicate tag keys")
    if any(name.lower().startswith(_RESERVED_PREFIX) for name, _ in tags):
        raise InvalidTag("Tags beginning with aws: are reserved")
    if not all(_is_plain(name) and _is_plain(value) for name, value in tags):
        raise InvalidTag("Invalid tag")
    require_limits(tags)
    require_demand(tags)
    return tuple(sorted((name, value) for name, value in tags))


def require_room(names: Collection[str], maximum: int) -> None:
    """Refuse more tags than a key may have. Errors: InvalidTag."""
    if len(names) > maximum:
        raise InvalidTag("Too many tags")


def _is_plain(text: str) -> bool:
    return all(sign in _SIGNS or unicodedata.category(sign)[0] in _CATEGORIES for sign in text)
