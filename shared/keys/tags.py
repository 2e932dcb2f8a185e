"""The rules for tags. Owns every refusal of a tag. Source: AWS KMS Developer Guide, "Tags in AWS KMS"."""

from collections.abc import Collection

from shared.errors import InvalidTag
from shared.events import Tags

_RESERVED_PREFIX = "aws:"


def require_tags(tags: Tags) -> Tags:
    """Refuse a key twice and the reserved prefix; answer the tags in the order of their keys. Errors: InvalidTag."""
    if len({name for name, _ in tags}) != len(tags):
        raise InvalidTag("Duplicate tag keys")
    if any(name.lower().startswith(_RESERVED_PREFIX) for name, _ in tags):
        raise InvalidTag("Tags beginning with aws: are reserved")
    return tuple(sorted((name, value) for name, value in tags))


def require_room(names: Collection[str], maximum: int) -> None:
    """Refuse more tags than a key may have. Errors: InvalidTag."""
    if len(names) > maximum:
        raise InvalidTag("Too many tags")
