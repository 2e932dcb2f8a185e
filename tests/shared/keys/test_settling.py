"""What a region that its operator has turned makes of the marks of what is settled."""

import pytest

from replication.state.rows import NO_ROW, Row
from replication.verify.authority import Partition, permitted
from shared import events as e
from shared.authority import overreach
from shared.evolve import State, evolve
from shared.fold import Fold
from shared.here import Here, Standing
from shared.identifiers import key_stream
from shared.keys.condensing import STANDING_MOST, WHOLE_MOST
from shared.keys.history import is_settled, overtaken
from shared.keys.model import Key, SharedChange
from shared.keys.remembering import remember
from shared.keys.whole import encode_whole
from tests.shared.keys.examples import ACCOUNT, MULTI_REGION_KEY_ID
from tests.shared.keys.test_promotion_of_rotations import FIRST, KEY, REGIONS, SECOND, THIRD

JOINED = SharedChange(FIRST, 1_000_000, 0, 1, b"", since=1)
LED = KEY._replace(primary_region=SECOND, replica_regions=(THIRD, FIRST), epoch=1, chain=((0, FIRST, 0),))
PROMOTED = LED._replace(history=(JOINED,))
STREAM = key_stream(ACCOUNT, MULTI_REGION_KEY_ID)
OTHER = "mrk-" + "e" * 32


def settled(number: int, key_id: str = MULTI_REGION_KEY_ID) -> e.OvertakenSettled:
    return e.OvertakenSettled(ACCOUNT, key_id, FIRST, number)


@pytest.mark.parametrize(
    ("events", "may"),
    [
        ((settled(10),), True),
        ((settled(10), e.KeyRotationDisabled(ACCOUNT, MULTI_REGION_KEY_ID)), True),
        ((settled(10), settled(10, OTHER)), True),
        ((settled(10), settled(12)), False),
        ((settled(10), e.KeyRotationDisabled(ACCOUNT, MULTI_REGION_KEY_ID), settled(10)), False),
    ],
)
def test_a_record_settles_one_change_of_a_key(events: tuple[e.Event, ...], may: bool) -> None:
    """Thousands in one record, inside what stands as one, would keep every region from ever adopting it."""
    keys = {STREAM: PROMOTED, key_stream(ACCOUNT, OTHER): PROMOTED._replace(key_id=OTHER)}
    said, adopted = (1, SECOND), {FIRST: 9}
    here = Here(THIRD, lambda _: True, keys.get, said, 2, adopted)
    assert (overreach(SECOND, here, {name: Standing(key, True) for name, key in keys.items()}, events) == "") is may
    partition = Partition(THIRD, 0, 1, lambda name: Row(1, keys[name], False) if name in keys else NO_ROW)
    assert permitted(Fold(THIRD, 9, SECOND, {}, 2, said, "", adopted), partition, tuple(keys), events) is may


def test_what_is_remembered_stays_bounded_whatever_is_settled() -> None:
    """Every second record of many, by a record each."""
    key = PROMOTED
    for number in range(1, STANDING_MOST):
        event, fold = settled(2 * number), Fold(THIRD, 9, SECOND, {}, number, (1, SECOND))
        after = evolve(key, event, fold)
        assert isinstance(after, Key)
        key = remember(after, (event,), fold)
        assert len(key.history) <= STANDING_MOST + WHOLE_MOST + 3
    assert {(change.origin, change.number) for change in overtaken(key)} >= {(FIRST, JOINED.number)}


def test_what_was_settled_stays_so_though_a_primary_that_loses_settles_it_again() -> None:
    """The mark that counts is not taken for one whose epoch is lost later."""
    key: State | None = LED._replace(history=(SharedChange(FIRST, 5, 0, 1, b""),))
    whole = encode_whole(LED, REGIONS)
    loses = e.KeyPromoted(ACCOUNT, MULTI_REGION_KEY_ID, THIRD, 2, SECOND, 8, bytes(32), whole)
    for event, number, epoch in (
        (settled(5), 7, (1, SECOND)),
        (loses, 3, (2, THIRD)),
        (settled(5), 4, (2, THIRD)),
        (loses._replace(primary_region=FIRST), 9, (2, FIRST)),
    ):
        key = evolve(key, event, Fold(FIRST, 9, epoch[1], {}, number, epoch, "", {SECOND: 8}))
        assert isinstance(key, Key)
        assert is_settled(key, key.history[0])
    assert isinstance(key, Key)
    assert key.present_epoch == (2, FIRST)
