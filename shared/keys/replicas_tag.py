"""The tag by which CreateKey makes a key with its replicas, in one step.

Owns `keytide:replicas` and every refusal of it. Its value names regions, separated by spaces. The key keeps the tag, so
that tools which compare a key's tags with those that they asked for find no difference; after its creation it means
nothing, and is not set any more.
"""

from collections.abc import Collection

from shared.errors import InvalidTag
from shared.events import Tags

REPLICAS_TAG = "keytide:replicas"


def named_regions(tags: Tags) -> tuple[str, ...]:
    """The regions that the tag among `tags` names, in its order; none where it is not there."""
    return tuple(dict(tags).get(REPLICAS_TAG, "").split())


def asks_for_replicas(tags: Tags) -> bool:
    return REPLICAS_TAG in dict(tags)


def require_replicas(tags: Tags, region: str, known_regions: Collection[str], *, multi_region: bool) -> None:
    """Refuse replicas that CreateKey in `region` cannot make. Errors: InvalidTag."""
    regions = named_regions(tags)
    if not multi_region:
        raise InvalidTag(f"{REPLICAS_TAG} is for multi-region keys")
    if not regions:
        raise InvalidTag(f"{REPLICAS_TAG} takes the names of regions, separated by spaces")
    if refusal := unfit_regions(regions, region, known_regions):
        raise InvalidTag(f"{REPLICAS_TAG}: {refusal}")


def unfit_regions(regions: Collection[str], region: str, known_regions: Collection[str]) -> str:
    """Why these cannot be the regions of the replicas of a key in `region`, or ""."""
    if region in regions:
        return f"{region} is the region of the primary key"
    if len({*regions}) != len(regions):
        return "a region is named twice"
    unknown = sorted({*regions} - {*known_regions})
    if not unknown:
        return ""
    known = ", ".join(sorted(known_regions)) or "none"
    return f"{unknown[0]} is not a region of this deployment. Known regions: {known}."


def require_no_late_replicas(asked: Tags, present: Tags) -> None:
    """Refuse to set the tag on a key that there is. Errors: InvalidTag."""
    value = dict(asked).get(REPLICAS_TAG)
    if value not in (None, dict(present).get(REPLICAS_TAG)):
        raise InvalidTag(f"{REPLICAS_TAG} is read when a key is created; ReplicateKey gives it to more regions")
