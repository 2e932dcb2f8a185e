"""What is remembered of a key's shared records: what is overtaken of them, and what follows from that.

Owns how they are read. The interleaving: two regions adopt a rotation and a promotion that did not know of it in either
order; both then list the rotation, and keep its material.
"""

from collections.abc import Mapping

from shared import events as e
from shared.keys.condensing import events_of
from shared.keys.epochs import counts
from shared.keys.model import WORD, Key, SharedChange


def is_overtaken(key: Key, change: SharedChange) -> bool:
    return change.epoch != WORD and not counts(key, (change.epoch, change.origin), change.number)


def overtaken(key: Key) -> list[SharedChange]:
    """What is overtaken and was neither done again nor dropped, in the order in which it was applied here."""
    return [change for change in key.history if is_overtaken(key, change) and not is_settled(key, change)]


def was_done_again(key: Key, region: str, number: int) -> bool | None:
    """What became of a record that was overtaken: done again, or dropped; None where neither is remembered."""
    for change in key.history:
        for event in () if is_overtaken(key, change) else events_of(change):
            if isinstance(event, e.OvertakenSettled) and (event.region, event.number) == (region, number):
                return event.done_again
    return None


def strays(key: Key) -> frozenset[str]:
    """The regions to which a record that is overtaken gave the key: they may still have it, or believe so."""
    if not key.history:
        return frozenset()
    events = (event for change in key.history if is_overtaken(key, change) for event in events_of(change))
    given = frozenset(event.replica_region for event in events if isinstance(event, e.KeyReplicated))
    return given - {key.primary_region or "", *key.replica_regions}


def regions_of(key: Key) -> tuple[str, ...]:
    """The regions that have the key: a primary whose replica went while it was made the primary has not."""
    primary = key.primary_region or ""
    return tuple(sorted({*key.replica_regions} | (set() if is_gone(key, primary) else {primary})))


def is_gone(key: Key, region: str) -> bool:
    gone = False
    for change in key.history:
        for event in () if is_overtaken(key, change) else events_of(change):
            if isinstance(event, e.KeyDeleted) and event.region == region:
                gone = True
            elif isinstance(event, e.KeyReplicated) and event.replica_region == region:
                gone = False
    return gone


def knows_to_have(key: Key, region: str, adopted: Mapping[str, int]) -> bool:
    """Whether `region`, which had `adopted` so much of the others, had the key as far as it knew: it was given the key
    by a record that it had adopted, and has not let go since. Who gives and who goes is remembered until all regions of
    the key have heard of it; where nothing is remembered, it has the key.

    The interleavings: a replica goes while its region is made the primary, and goes on to speak; or a region lets go of
    a replica that it is about to be given. Who adopts the one record first takes the region for one of the key's, who
    adopts the other first for a stranger. By what the region knew itself both say the same.

    What is overtaken explains nothing of a region that has the key without it. The interleaving: A, cut off, gives C
    the key; B is promoted, gives it to C as well, and forgets that once all have heard; C, which has not heard A, was
    taken for a stranger by whoever had.
    """
    known, given, strayed = None, False, region in strays(key)
    for change in key.history:
        for event in events_of(change):
            if isinstance(event, e.KeyDeleted) and event.region == region:
                known = False
            elif isinstance(event, e.KeyReplicated) and event.replica_region == region:
                given = given or strayed or not is_overtaken(key, change)
                known = True if adopted.get(change.origin, 0) >= change.number else known
    return not given if known is None else known


def ends_unheard(key: Key, region: str, adopted: Mapping[str, int]) -> list[SharedChange]:
    """The records by which `region` has let go of the key that are not among those that were `adopted`: who gives it
    the key, and knows so much, gives it for nothing.

    The interleaving: A, cut off, gives C the key; B is promoted and gives it to C as well, which has heard A alone and
    lets go. Who adopts the gift first sees it end with the other, so it has ended for who adopts it last.
    """
    unheard = (one for one in key.history if one.origin == region and one.number > adopted.get(region, 0))
    return [change for change in unheard if any(isinstance(event, e.KeyDeleted) for event in events_of(change))]


def imported(key: Key, material_id: str) -> tuple[e.MaterialBorn, ...]:
    """The material, as the remembered record that imported it says; nothing where that is not remembered."""
    for change in reversed(key.history):
        for event in events_of(change):
            if isinstance(event, e.KeyMaterialImported) and event.materials[0].material_id == material_id:
                return event.materials
    return ()


def holders(key: Key) -> dict[str, tuple[str, ...]]:
    """Of the materials that remembered records brought: the regions that got the secret."""
    found: dict[str, tuple[str, ...]] = {}
    for change in key.history:
        for material in (material for event in events_of(change) for material in e.materials_of(event)):
            former = found.get(material.material_id, ())
            found[material.material_id] = tuple(sorted({*former, change.origin, *(material.sealed or {})}))
    return found


def is_settled(key: Key, change: SharedChange) -> bool:
    if not change.settled:
        return False
    count, region, number = change.settled
    return counts(key, (count, region), number)
