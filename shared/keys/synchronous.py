"""Whether a change is answered only after other regions have adopted it, because a key, its account or the region asks.

Owns the tag by which a key asks, and how several such demands become one. A demand binds the changes that are shared;
what concerns one region alone, no other region could keep.
"""

from collections.abc import Iterable, Set
from functools import reduce
from typing import NamedTuple

from shared.errors import InvalidTag
from shared.events import Tags
from shared.identifiers import REGION_PATTERN
from shared.keys.model import Key

SYNCHRONOUS_TAG = "keytide:synchronous"
"""Its value: of how many other regions, from 1 to `REGIONS_MOST`, or which ones, separated by spaces."""
REGIONS_MOST = 99
DIGITS_MOST = len(str(REGIONS_MOST))


class Synchronous(NamedTuple):
    """What has to have adopted a change: so many other regions, and each of these."""

    many: int = 0
    regions: frozenset[str] = frozenset()

    def lacking(self, region: str, adopted: Set[str]) -> tuple[str, ...]:
        """What is missing still for a change of `region` that these others have adopted, in words; () for nothing."""
        named = tuple(sorted(self.regions - adopted - {region}))
        others = len(adopted - {region})
        return named or ((f"{self.many - others} of the other regions",) if others < self.many else ())


ASYNCHRONOUS = Synchronous()


def all_of(demands: Iterable[Synchronous]) -> Synchronous:
    """What fulfils every one of the demands."""
    return reduce(lambda one, other: Synchronous(max(one.many, other.many), one.regions | other.regions), demands,
                  ASYNCHRONOUS)  # fmt: skip


def asked_by(tags: Tags) -> Synchronous:
    """What the tag among `tags` asks for. A value from before the tag had a meaning asks for nothing."""
    return _read(dict(tags).get(SYNCHRONOUS_TAG, "")) or ASYNCHRONOUS


def demanded_by(key: Key | None) -> Synchronous:
    """What a change of the key has to wait for."""
    return asked_by(key.tags) if key is not None and key.is_multi_region else ASYNCHRONOUS


def require_demand(tags: Tags) -> None:
    """Refuse a demand that nobody could read. Errors: InvalidTag."""
    value = dict(tags).get(SYNCHRONOUS_TAG)
    if value is not None and _read(value) is None:
        raise InvalidTag(f"{SYNCHRONOUS_TAG} takes a number from 1 to {REGIONS_MOST}, or regions separated by spaces")


def require_fulfillable(tags: Tags, multi_region: bool) -> None:
    """Refuse a demand that no other region could fulfil. Errors: InvalidTag."""
    if SYNCHRONOUS_TAG in dict(tags) and not multi_region:
        raise InvalidTag(f"{SYNCHRONOUS_TAG} is for multi-region keys: a single-region key is in no other region")


def _read(value: str) -> Synchronous | None:
    if value.isascii() and value.isdecimal() and len(value) <= DIGITS_MOST:
        return Synchronous(int(value)) if int(value) else None
    names = value.split()
    if not names or not all(map(REGION_PATTERN.fullmatch, names)):
        return None
    return Synchronous(0, frozenset(names))
