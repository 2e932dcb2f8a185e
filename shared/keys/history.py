"""What is remembered of a key's shared records: for a promotion that may not have built on them.

Owns which records are remembered, for how long, and which of them are overtaken. A record is remembered until every
region of the key is known to have adopted it, and every promotion: whoever is promoted after that builds on it. What is
overtaken stays until it was done again or dropped, and every region knows. The interleaving: two regions adopt a
rotation and a promotion that did not know of it in either order; both then list the rotation, and keep its material.
"""

from collections.abc import Iterable, Iterator

from shared import events as e
from shared.event_codec import decode_events, encode_events
from shared.fold import Fold
from shared.keys.epochs import counts, epoch_of
from shared.keys.model import WORD, Key, SharedChange

WHOLE_MOST = 64
"""Of so many records of a key the events are remembered; of older ones, that there was one."""

OF_THE_PRIMARY = (
    e.KeyReplicated,
    e.KeyRotationEnabled,
    e.KeyRotationDisabled,
    e.KeyRotated,
    e.KeyRotationStarted,
    e.KeyMaterialImported,
    e.KeyMaterialDeleted,
    e.PrimaryRegionUpdated,
    e.KeyPromoted,
    e.KeySettingsShared,
    e.OvertakenSettled,
)
"""What the primary alone says. Of a lost epoch it is overtaken."""
WORDS = (e.KeyDeleted, e.ReplicaMaterialImported)
"""What any region says of itself. No promotion undoes it."""


def remember(key: Key, events: Iterable[e.Event], fold: Fold) -> Key:
    """`key` with a shared record that has just been applied; without those that every region has."""
    said = tuple(_without_secrets(event) for event in events if isinstance(event, (*OF_THE_PRIMARY, *WORDS)))
    kept = key.history
    if said:
        kept = (*kept, _change(said, fold))
    key = key._replace(history=kept)
    if kept:
        heard = _Heard(key, fold)
        if all(heard.everywhere(change.origin, change.number) for change in kept if change.claims):
            kept = tuple(change for change in kept if _matters(key, change, heard))
    return key._replace(history=_bounded(kept))


def is_overtaken(key: Key, change: SharedChange) -> bool:
    return change.epoch != WORD and not counts(key, (change.epoch, change.origin), change.number)


def overtaken(key: Key) -> list[SharedChange]:
    """What is overtaken and was neither done again nor dropped, in the order in which it was applied here."""
    return [change for change in key.history if is_overtaken(key, change) and not _is_settled(key, change)]


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
    return tuple(sorted({*key.replica_regions} | (set() if _is_gone(key, primary) else {primary})))


def _is_gone(key: Key, region: str) -> bool:
    gone = False
    for change in key.history:
        for event in () if is_overtaken(key, change) else events_of(change):
            if isinstance(event, e.KeyDeleted) and event.region == region:
                gone = True
            elif isinstance(event, e.KeyReplicated) and event.replica_region == region:
                gone = False
    return gone


def events_of(change: SharedChange) -> tuple[e.Event, ...]:
    return decode_events(change.events) if change.events else ()


def settled(key: Key, event: e.OvertakenSettled, fold: Fold) -> Key:
    """`key` once its primary has said what becomes of an overtaken record."""
    epoch = epoch_of(fold.author, event, fold.key_epoch) or key.present_epoch
    return _marked(key, event, (*epoch, fold.number))


def settled_again(key: Key) -> Key:
    """What was settled in epochs that count now, although they did not when it was adopted here."""
    for change in key.history:
        for event in events_of(change):
            if isinstance(event, e.OvertakenSettled) and not is_overtaken(key, change):
                key = _marked(key, event, (change.epoch, change.origin, change.number))
    return key


def _marked(key: Key, event: e.OvertakenSettled, mark: tuple[int, str, int]) -> Key:
    of = (event.region, event.number)
    changes = (
        change._replace(settled=mark) if (change.origin, change.number) == of else change for change in key.history
    )
    return key._replace(history=tuple(changes))


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


def _change(said: tuple[e.Event, ...], fold: Fold) -> SharedChange:
    epoch = epoch_of(fold.author, said[0], fold.key_epoch)
    is_word = all(isinstance(event, WORDS) for event in said)
    return SharedChange(
        fold.author,
        fold.number,
        WORD if is_word or epoch is None else epoch[0],
        fold.time,
        encode_events(said),
        next(_claims(said), ()),
        asked_by=fold.asked_by,
    )


def _claims(said: tuple[e.Event, ...]) -> Iterator[tuple[int, str]]:
    for event in said:
        if isinstance(event, e.KeyPromoted | e.PrimaryRegionUpdated):
            yield event.epoch, event.primary_region


def _without_secrets(event: e.Event) -> e.Event:
    """The regions that a secret was sealed to are remembered, the secret is not."""
    if isinstance(event, e.KeyPromoted | e.PrimaryRegionUpdated):
        return event._replace(shared_state=b"")
    if not (materials := e.materials_of(event)):
        return event
    stripped = tuple(
        material._replace(wrapped=None, sealed=dict.fromkeys(material.sealed, b"") if material.sealed else None)
        for material in materials
    )
    without: e.Event = event._replace(materials=stripped)  # type: ignore[call-arg]
    return without


def _is_settled(key: Key, change: SharedChange) -> bool:
    if not change.settled:
        return False
    count, region, number = change.settled
    return counts(key, (count, region), number)


class _Heard:
    """How far the regions of a key are, those too that lost it by a promotion. They are found once: there may be much
    to remember, and each has to be asked about.
    """

    def __init__(self, key: Key, fold: Fold) -> None:
        self._known = fold.known
        self._members = {key.primary_region or "", *key.replica_regions, *strays(key)}

    def everywhere(self, origin: str, number: int) -> bool:
        """Whether every region of the key is known to have adopted the record."""
        members = self._members - {origin}
        return all(self._known.get(region, {}).get(origin, 0) >= number for region in members)


def _matters(key: Key, change: SharedChange, heard: _Heard) -> bool:
    if change.origin == key.primary_region and change.epoch == WORD and _is_gone(key, change.origin):
        return True
    if not is_overtaken(key, change):
        return not heard.everywhere(change.origin, change.number)
    if not _is_settled(key, change):
        return True
    _, region, number = change.settled or (0, "", 0)
    return not (heard.everywhere(change.origin, change.number) and heard.everywhere(region, number))


def _bounded(changes: tuple[SharedChange, ...]) -> tuple[SharedChange, ...]:
    old = len(changes) - WHOLE_MOST
    if old <= 0:
        return changes
    return (*(change._replace(events=b"") for change in changes[:old]), *changes[old:])
