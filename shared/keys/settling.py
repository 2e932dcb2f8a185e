"""What becomes of records that are overtaken: the primary has done them again, or dropped them.

Owns the marks of that. A mark is the record that says so; it holds as long as that record counts.
"""

from collections.abc import Iterator

from shared import events as e
from shared.fold import Fold
from shared.keys.condensing import events_of, first_number, first_of
from shared.keys.epochs import epoch_of
from shared.keys.history import is_overtaken, is_settled
from shared.keys.model import WORD, Key, SharedChange


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


def first_with(key: Key, change: SharedChange) -> int:
    """The first record that ends together with an overtaken `change`: from behind the one before it that is known here.

    So nothing is left over in a region where several stand as one that are told apart here.
    """
    before = (one.number for one in key.history if one.origin == change.origin and one.epoch != WORD)
    built_on = (last for count, region, last in key.chain if (count, region) == (change.epoch, change.origin))
    return 1 + max((number for number in (*before, *built_on) if number < change.number), default=0)


def is_meant(change: SharedChange, event: e.OvertakenSettled) -> bool:
    """Whether all that `change` stands for is settled by the event."""
    return change.origin == event.region and first_of(event) <= first_number(change) <= change.number <= event.number


def _marked(key: Key, event: e.OvertakenSettled, mark: tuple[int, str, int]) -> Key:
    pieces = (piece for change in key.history for piece in _pieces(change, event))
    return key._replace(history=tuple(_with_mark(key, p, mark) if is_meant(p, event) else p for p in pieces))


def _with_mark(key: Key, change: SharedChange, mark: tuple[int, str, int]) -> SharedChange:
    """A mark that counts stays: the epoch of a later one may be lost, and the change would be open again."""
    return change if is_settled(key, change) else change._replace(settled=mark)


def _pieces(change: SharedChange, event: e.OvertakenSettled) -> Iterator[SharedChange]:
    """What `change` stands for, before the event's first record, up to its last, and after it."""
    if change.origin != event.region:
        yield change
        return
    for half in _cut(change, first_of(event)):
        yield from _cut(half, event.number + 1)


def _cut(change: SharedChange, at: int) -> tuple[SharedChange, ...]:
    if not first_number(change) < at <= change.number:
        return (change,)
    return change._replace(number=at - 1), change._replace(since=at)
