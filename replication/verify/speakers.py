"""Who spoke of a key, as its primary or as one of its regions: the checker's own reading of it.

Owns that. `shared/keys/epochs.py` and `shared/here.py` have the rule that the fold obeys.
"""

from shared import events as e
from shared.fold import Fold
from shared.keys.condensing import events_of
from shared.keys.history import is_overtaken, strays
from shared.keys.model import Key
from shared.keys.whole import decode_whole

NOBODY = (-1, "")
"""Stands for the epoch of who never was the primary."""


def led(fold: Fold, key: Key, event: e.Event) -> tuple[int, str]:
    """The epoch in which the region spoke as the primary, if it knew itself to be that and still has the key."""
    said = fold.key_epoch or (0, fold.author)
    count = getattr(event, "epoch", None) if isinstance(event, e.KeySettingsShared) else None
    if count is not None:
        said = (count, fold.author)
    is_its_own = said[1] == fold.author and has_it(fold, key)
    return said if is_its_own and had_heard(fold, key, said) else NOBODY


def is_in_effect(fold: Fold, key: Key, leader: tuple[int, str]) -> bool:
    built_on = any(leader == (count, region) and fold.number <= last for count, region, last in key.chain)
    return built_on or leader == key.present_epoch


def has_it(fold: Fold, key: Key) -> bool:
    """Whether the record's region is one of the key's, and had heard of that: the last that it heard was no end.

    Of what it had not heard, it is what makes the region one of the key's that counts against it.
    """
    words: list[bool] = []
    is_told = False
    said = [(change, event) for change in key.history for event in events_of(change)]
    for change, event in said:
        if isinstance(event, e.KeyDeleted) and event.region == fold.author:
            words.append(False)
        if isinstance(event, e.KeyReplicated) and event.replica_region == fold.author:
            is_told |= fold.author in strays(key) or not is_overtaken(key, change)
            words.extend([True] if change.number <= fold.adopted.get(change.origin, 0) else [])
    return fold.author in regions(key) and (words[-1] if words else not is_told)


def stands_on_two(key: Key) -> bool:
    """Whether others have handed the key to its primary by another record, too, than the one that it builds on."""
    handed = {(one.origin, one.number) for one in key.history if one.claims == key.present_epoch}
    is_promoted = key.primary_region in {region for region, _ in handed}
    return bool(key.chain) and not is_promoted and bool(handed - {key.chain[-1][1:]})


def had_heard(fold: Fold, key: Key, epoch: tuple[int, str]) -> bool:
    """Whether the record's region had a record that began the epoch, or else all that the epoch was built on."""
    heard = {**fold.adopted, fold.author: fold.number}
    claimed = [heard.get(change.origin, 0) >= change.number for change in key.history if change.claims == epoch]
    if claimed:
        return any(claimed)
    line = [(count, region) for count, region, _ in key.chain] + [key.present_epoch]
    if epoch == line[0]:
        return True
    rests_on = dict(zip(line[1:], key.chain, strict=True))
    _, region, number = rests_on.get(epoch, (0, "", 1 << 63))
    return epoch in rests_on and (region == fold.author or heard.get(region, 0) >= number)


def begun(key: Key) -> set[tuple[int, str]]:
    lost = {(change.claims[0], change.claims[1]) for change in key.history if change.claims}
    return {key.present_epoch, *((count, region) for count, region, _ in key.chain), *lost}


def rests(fold: Fold, key: Key, whole: bytes, former: tuple[int, str]) -> bool:
    """Whether the region had heard of an epoch for each count, the former one last."""
    line = [(count, region) for count, region, _ in decode_whole(whole).chain] + [former]
    return all(count == place and had_heard(fold, key, (count, name)) for place, (count, name) in enumerate(line))


def regions(key: Key) -> list[str | None]:
    """The primary's, the replicas', and those that have the key from what is overtaken."""
    return [key.primary_region, *key.replica_regions, *strays(key)]
