"""How short what is remembered of a key stays: the last records whole, and of older ones what something hangs on.

Owns which older records stay as they are, and how the others stand joined. What each of them guards against:

- The record that *begins an epoch* tells who knew of it. A region speaks in an epoch that it has adopted; the record
  that began it is forgotten here, and what that region says is void here and in effect elsewhere.
- *The end of a replica*, and an import of one, hold whoever is the primary. A replica goes; a promotion that has not
  heard of it names its region still, and the key would have a region that does not have the key.
- *A replica that was given* by a record which is overtaken later makes its region one that may speak of the key.
- *Material that was brought*, and to whom it was sealed: it decrypts what an overtaken primary has encrypted, and
  whoever got it may give it to the others.
- *An import* is what a rotation to it rests on, which may come after a promotion that dropped it.
- *What settles an overtaken record* may begin to count only with a later promotion.

Of each, the last record of a region in an epoch is enough: what overtakes an earlier one overtakes the later, and who
has heard of the later has heard of the earlier. Of all others it matters that they were there, and up to which number,
so that what is overtaken is listed until somebody has decided; neighbours of one epoch stand as one. What is remembered
is thus bounded by how many regions, materials and epochs a key has, whatever was changed how often.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from shared import events as e
from shared.event_codec import decode_events
from shared.keys.model import WORD, SharedChange

WHOLE_MOST = 64
"""So many of a key's last records stand as they are."""
STANDING_MOST = 256
"""With more old ones than that, what is settled is joined with what is open, and is open: somebody settles it again.

The interleaving: a region that its operator has turned settles every second record of many; each of them would stand by
itself, in every region and for ever.
"""

Fact: TypeAlias = tuple[object, ...]
"""What something hangs on; the last record that says it is enough."""


def condensed(changes: tuple[SharedChange, ...]) -> tuple[SharedChange, ...]:
    """`changes`, in the order in which they were applied, of which the old ones are kept or joined."""
    end = len(changes) - WHOLE_MOST
    if end <= 0:
        return changes
    said = {fact for change in changes[end:] for fact in facts_of(change)}
    kept: list[SharedChange] = []
    settling = 0
    for change in reversed(changes[:end]):
        facts = {*facts_of(change)} - said
        settles = settling < STANDING_MOST and _may_settle(change, changes)
        if facts or change.claims or settles:
            said |= facts
            settling += settles
            kept.append(change)
        elif change.epoch != WORD:  # what a region said of itself is never overtaken
            kept.append(change._replace(events=b"", since=first_number(change)))
    return (*_bounded(kept[::-1]), *changes[end:])


def events_of(change: SharedChange) -> tuple[e.Event, ...]:
    return _decoded(change.events) if change.events else ()


def first_number(change: SharedChange) -> int:
    """Of the records that it stands for."""
    return change.since or change.number


def first_of(event: e.OvertakenSettled) -> int:
    return event.since or event.number


def facts_of(change: SharedChange) -> Iterator[Fact]:
    for event in events_of(change):
        for fact in _facts(event, change.origin):
            yield change.origin, change.epoch, *fact


def _facts(event: e.Event, origin: str) -> Iterator[Fact]:
    if isinstance(event, e.KeyDeleted):
        yield "ends", event.region
    elif isinstance(event, e.ReplicaMaterialImported):
        yield "imports", event.region, event.material_id, event.created_at
    elif isinstance(event, e.KeyReplicated):
        yield "gives", event.replica_region
    elif isinstance(event, e.KeyMaterialImported):
        yield "imported", event.materials[0].material_id
    for material in e.materials_of(event):
        for region in (origin, *(material.sealed or {})):
            yield "holds", region, material.material_id


def _may_settle(change: SharedChange, changes: Sequence[SharedChange]) -> bool:
    """Whether it settles what is not marked by its epoch: it did not count when it was applied."""
    return any(
        other.settled[:2] != (change.epoch, change.origin)
        for event in events_of(change)
        if isinstance(event, e.OvertakenSettled)
        for other in changes
        if other.origin == event.region and first_number(other) <= event.number and first_of(event) <= other.number
    )


def _bounded(changes: Sequence[SharedChange]) -> list[SharedChange]:
    joined = _joined(changes, _are_alike)
    return joined if len(joined) <= STANDING_MOST else _joined(joined, _are_of_one_epoch)


def _joined(
    changes: Sequence[SharedChange], may_join: Callable[[SharedChange, SharedChange], bool]
) -> list[SharedChange]:
    """Neighbours of one region, in one epoch, that are alike settled or open, or any."""
    joined: list[SharedChange] = []
    last: dict[str, int] = {}
    for change in changes:
        before = last.get(change.origin)
        if before is not None and may_join(joined[before], change):
            joined[before] = _one(joined[before], change)
        else:
            joined.append(change)
            if change.epoch != WORD:
                last[change.origin] = len(joined) - 1
    return joined


def _are_alike(older: SharedChange, newer: SharedChange) -> bool:
    return _are_of_one_epoch(older, newer) and older.settled[:2] == newer.settled[:2]


def _are_of_one_epoch(older: SharedChange, newer: SharedChange) -> bool:
    return bool(older.since and newer.since) and older.epoch == newer.epoch


def _one(older: SharedChange, newer: SharedChange) -> SharedChange:
    """As the newer one: what overtakes any overtakes it, and is settled once all are."""
    asked_by = older.asked_by if older.asked_by == newer.asked_by else ""
    settled = max(older.settled, newer.settled) if _are_alike(older, newer) else ()
    return newer._replace(since=older.since, settled=settled, asked_by=asked_by)


@lru_cache(maxsize=256)
def _decoded(events: bytes) -> tuple[e.Event, ...]:
    """Every record about a key asks for the same again."""
    return decode_events(events)
