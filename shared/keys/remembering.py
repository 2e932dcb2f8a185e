"""Which shared records of a key are remembered, and for how long: for a promotion that may not have built on them.

Owns that. A record is remembered until every region of the key is known to have adopted it, and every promotion:
whoever is promoted after that builds on it. What is overtaken stays until it was done again or dropped, and every
region knows. Old records are kept short (`shared/keys/condensing.py`).
"""

from collections.abc import Iterable, Iterator

from shared import events as e
from shared.event_codec import encode_events
from shared.fold import Fold
from shared.keys.condensing import condensed
from shared.keys.epochs import epoch_of
from shared.keys.history import ends_unheard, is_gone, is_overtaken, is_settled, strays
from shared.keys.model import WORD, Key, SharedChange

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
        ends = [end for region in _given(said) for end in ends_unheard(key, region, fold.adopted)]
        kept = (*(change for change in kept if change not in ends), _change(said, fold), *ends)
    key = key._replace(history=kept)
    if kept:
        heard = _Heard(key, fold)
        if all(heard.everywhere(change.origin, change.number) for change in kept if change.claims):
            kept = tuple(_what_matters(key, kept, heard))
    return key._replace(history=condensed(kept))


def _given(said: Iterable[e.Event]) -> Iterator[str]:
    """The regions that get the key. An end that the giver had not heard of stands behind the gift that it ends, as
    where it came last: what follows from their order is the same everywhere.
    """
    for event in said:
        if isinstance(event, e.KeyReplicated):
            yield event.replica_region


def _what_matters(key: Key, changes: Iterable[SharedChange], heard: "_Heard") -> Iterator[SharedChange]:
    """What is overtaken of an epoch goes in its order: of what several say the last alone may be kept."""
    lost: set[tuple[str, int]] = set()
    for change in changes:
        group = (change.origin, change.epoch)
        if _matters(key, change, heard) or (group in lost and is_overtaken(key, change)):
            lost |= {group} if is_overtaken(key, change) else set()
            yield change


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
    """The regions that a secret was sealed to are remembered, the secret is not; nor what is for the audit alone."""
    if isinstance(event, e.KeyPromoted | e.PrimaryRegionUpdated):
        return event._replace(shared_state=b"")
    if isinstance(event, e.KeyRotated):
        event = event._replace(previous_material_id="", key_origin="")
    if not (materials := e.materials_of(event)):
        return event
    stripped = tuple(
        material._replace(wrapped=None, sealed=dict.fromkeys(material.sealed, b"") if material.sealed else None)
        for material in materials
    )
    without: e.Event = event._replace(materials=stripped)  # type: ignore[call-arg]
    return without


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
    if change.origin == key.primary_region and change.epoch == WORD and is_gone(key, change.origin):
        return True
    if not is_overtaken(key, change):
        return not heard.everywhere(change.origin, change.number)
    if not is_settled(key, change):
        return True
    _, region, number = change.settled or (0, "", 0)
    return not (heard.everywhere(change.origin, change.number) and heard.everywhere(region, number))
