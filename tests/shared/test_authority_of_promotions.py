"""What a region may say by a promotion, and what it may give of what a promotion has overtaken."""

import pytest

from shared import events as e
from shared.authority import overreach
from shared.here import Here, Standing
from shared.identifiers import key_stream
from shared.keys.model import Key
from shared.keys.whole import encode_whole
from tests.shared.keys.examples import ACCOUNT, MULTI_REGION_KEY_ID
from tests.shared.keys.test_promotion_of_rotations import FIRST, KEY, OLD, SECOND, THIRD

STREAM = key_stream(ACCOUNT, MULTI_REGION_KEY_ID)


def judged(key: Key, event: e.Event) -> str:
    here = Here(FIRST, lambda _: True, lambda _: key, (1, SECOND), 1)
    return overreach(SECOND, here, {STREAM: Standing(key, True)}, (event,))


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
