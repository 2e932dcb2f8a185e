"""What a region may say by a promotion, and what it may give of what a promotion has overtaken."""

from collections.abc import Mapping

import pytest

from shared import events as e
from shared.authority import overreach
from shared.evolve import evolve
from shared.fold import Fold
from shared.here import Here, Standing
from shared.identifiers import key_stream
from shared.keys.model import Key, SharedChange
from shared.keys.whole import encode_whole
from tests.shared.keys.examples import ACCOUNT, MULTI_REGION_KEY_ID
from tests.shared.keys.test_promotion_of_rotations import FIRST, KEY, OLD, SECOND, THIRD

STREAM = key_stream(ACCOUNT, MULTI_REGION_KEY_ID)


def judged(
    key: Key,
    event: e.Event,
    said: tuple[int, str] | None = (1, SECOND),
    adopted: Mapping[str, int] = {},
    origin: str = SECOND,
) -> str:
    here = Here(FIRST, lambda _: True, lambda _: key, said, 1, adopted)
    return overreach(origin, here, {STREAM: Standing(key, True)}, (event,))


def promotion(key: Key, *regions: str) -> e.KeyPromoted:
    return e.KeyPromoted(ACCOUNT, MULTI_REGION_KEY_ID, SECOND, 1, FIRST, 3, bytes(32), encode_whole(key, regions))


def test_a_region_that_holds_the_key_may_promote_itself() -> None:
    assert judged(KEY, promotion(KEY, FIRST, SECOND, THIRD)) == ""


def test_whoever_promotes_itself_is_among_the_key_s_regions() -> None:
    assert judged(KEY, promotion(KEY, FIRST, THIRD))


@pytest.mark.parametrize("materials", [(), (OLD._replace(overtaken=True),)])
def test_a_promotion_leaves_material_that_encrypts(materials: tuple[()]) -> None:
    assert judged(KEY, promotion(KEY._replace(materials=materials), FIRST, SECOND, THIRD))


@pytest.mark.parametrize(("origin", "may"), [("AWS_KMS", True), ("EXTERNAL", False)])
def test_nobody_gives_what_people_import(origin: str, may: bool) -> None:
    gone = OLD._replace(wrapped=None, overtaken=True, given_to=(SECOND,))
    key = KEY._replace(origin=origin, materials=(gone, *KEY.materials))
    born = e.MaterialBorn(OLD.material_id, OLD.born_key_id, 5, None, {FIRST: b"sealed"})
    given = e.KeyMaterialGiven(ACCOUNT, MULTI_REGION_KEY_ID, (born,), (FIRST,))
    assert (judged(key, given) == "") is may


HANDED_OVER = KEY._replace(primary_region=SECOND, replica_regions=(THIRD, FIRST), epoch=1, chain=((0, FIRST, 7),))
SAID = e.KeyRotationDisabled(ACCOUNT, MULTI_REGION_KEY_ID)
OWN_BEGINNING = SharedChange(SECOND, 4, 1, 5, b"", claims=(1, SECOND))


@pytest.mark.parametrize(
    ("said", "adopted", "key", "may"),
    [
        ((1, SECOND), 7, HANDED_OVER, True),
        ((1, SECOND), 6, HANDED_OVER, False),
        ((1, SECOND), 6, HANDED_OVER._replace(history=(OWN_BEGINNING,)), True),
        ((1, SECOND), 7, KEY, False),
        (None, 7, HANDED_OVER, False),
        ((0, SECOND), 7, HANDED_OVER, False),
        ((0, FIRST), 7, HANDED_OVER, False),
    ],
)
def test_a_region_speaks_in_an_epoch_whose_beginning_it_has_adopted(
    said: tuple[int, str] | None, adopted: int, key: Key, may: bool
) -> None:
    """Also where it is the primary here meanwhile: others may adopt the record before they adopt the hand-over."""
    assert (judged(key, SAID, said, {FIRST: adopted}) == "") is may


def test_what_is_said_in_no_epoch_is_of_the_first() -> None:
    """However the key has gone on meanwhile."""
    led_again = HANDED_OVER._replace(epoch=2, primary_region=FIRST, chain=(*HANDED_OVER.chain, (1, SECOND, 3)))
    for key in (KEY, HANDED_OVER, led_again):
        assert judged(key, SAID, None, {}, FIRST) == ""
    says = e.KeyRotationEnabled(ACCOUNT, MULTI_REGION_KEY_ID, 90)
    late, in_time = (Fold(THIRD, 9, FIRST, number=number) for number in (8, 7))
    assert evolve(led_again, says, late) == led_again
    assert evolve(led_again, says, in_time) != led_again


def test_an_event_may_say_its_own_epoch() -> None:
    """As in a record about keys in several."""
    tells = e.KeySettingsShared(ACCOUNT, MULTI_REGION_KEY_ID, "tags", None, (("keytide:replicate", "tags"),), (), 1)
    assert judged(HANDED_OVER, tells, None, {FIRST: 7}) == ""
    assert judged(HANDED_OVER, tells._replace(epoch=None), None, {FIRST: 7})
    told = evolve(HANDED_OVER, tells, Fold(THIRD, 9, SECOND, number=1))
    assert isinstance(told, Key)
    assert told.tags == tells.tags


@pytest.mark.parametrize(("adopted", "may"), [(7, True), (6, False)])
def test_a_promotion_is_on_top_of_an_epoch_that_its_region_knew(adopted: int, may: bool) -> None:
    key = HANDED_OVER._replace(primary_region=THIRD, replica_regions=(FIRST, SECOND))
    event = promotion(key, FIRST, SECOND, THIRD)._replace(epoch=2, former_region=THIRD)
    assert (judged(key, event, (2, SECOND), {FIRST: adopted}) == "") is may


def test_a_chain_names_every_epoch_from_the_first_on() -> None:
    event = promotion(HANDED_OVER._replace(chain=()), FIRST, SECOND, THIRD)._replace(epoch=2, former_region=SECOND)
    assert judged(HANDED_OVER, event, (2, SECOND), {FIRST: 7})


def test_a_promotion_is_said_in_the_epoch_that_it_begins() -> None:
    assert judged(KEY, promotion(KEY, FIRST, SECOND, THIRD), (2, SECOND))


@pytest.mark.parametrize(
    ("epoch", "whole", "may"), [(2, True, True), (2, False, False), (1, True, False), (3, True, False)]
)
def test_a_primary_hands_over_all_of_the_epoch_that_it_speaks_in(epoch: int, whole: bool, may: bool) -> None:
    shared_state = encode_whole(HANDED_OVER, (FIRST, SECOND, THIRD)) if whole else b""
    event = e.PrimaryRegionUpdated(ACCOUNT, MULTI_REGION_KEY_ID, THIRD, epoch, shared_state)
    assert (judged(HANDED_OVER, event, (1, SECOND), {FIRST: 7}) == "") is may
