"""Whether a material's id commits to it is remembered as its birth has said, whatever becomes of the key."""

import pytest

from shared import events as e
from shared.evolve import State, evolve
from shared.identifiers import key_stream
from shared.keys.decide_giving import give_material
from shared.keys.decide_replica import replicate_key
from shared.keys.model import Key, KeyMaterial
from shared.keys.whole import encode_whole
from tests.shared.keys.examples import (
    ACCOUNT,
    MATERIAL,
    MULTI,
    MULTI_REGION_KEY_ID,
    MULTI_REGION_NAME,
    REGION,
    view_with,
)
from tests.shared.keys.test_decide_replica import COMMAND, SEALED
from tests.shared.keys.test_promotion_of_rotations import BORN, KEY, NEW, REGIONS, SECOND, in_third, promotion
from tests.shared.memory_view import MemoryView

COMMITTED = BORN._replace(id_commits=True)


def flags(state: State | None) -> dict[str, bool]:
    assert isinstance(state, Key)
    return {material.material_id: material.id_commits for material in state.materials}


@pytest.mark.parametrize("said", [True, False])
def test_what_the_birth_says_stands_in_the_key_and_goes_with_the_replica(said: bool) -> None:
    view = view_with(MULTI._replace(material=MATERIAL._replace(id_commits=said)))
    assert flags(view.key(ACCOUNT, MULTI_REGION_KEY_ID)) == {MATERIAL.material_id: said}
    (given,) = replicate_key(COMMAND, view, SEALED).shared_events
    assert [material.id_commits for material in e.materials_of(given)] == [said]


def test_a_promotion_takes_nothing_of_it_away() -> None:
    """What the regions share says nothing of it: whoever adopts that has adopted the births before."""
    started = e.KeyRotationStarted(ACCOUNT, MULTI_REGION_KEY_ID, "ON_DEMAND", (COMMITTED,))
    begun = evolve(KEY, started, in_third(3, "us-east-1", 0))
    assert isinstance(begun, Key)
    after = evolve(begun, promotion(encode_whole(begun, REGIONS)), in_third(1, SECOND, 1))
    assert flags(after)[NEW.material_id]


def test_a_birth_that_is_heard_after_the_promotion_still_says_so() -> None:
    """A turned region promotes itself with a material that others have not heard of, to have it pass for an old one."""
    started = e.KeyRotationStarted(ACCOUNT, MULTI_REGION_KEY_ID, "ON_DEMAND", (COMMITTED,))
    whole = encode_whole(KEY._replace(materials=(NEW, *KEY.materials)), REGIONS)
    unheard = evolve(KEY, promotion(whole), in_third(1, SECOND, 1))
    assert not flags(unheard)[NEW.material_id]
    assert flags(evolve(unheard, started, in_third(4, "us-east-1", 0)))[NEW.material_id]


def test_overtaken_material_is_given_with_it() -> None:
    old = KeyMaterial(NEW.material_id, NEW.born_key_id, 6, b"x", overtaken=True, given_to=(REGION,), id_commits=True)
    view = MemoryView(REGION)
    view.states[key_stream(ACCOUNT, MULTI_REGION_KEY_ID)] = KEY._replace(materials=(old, *KEY.materials))
    (given,) = give_material(MULTI_REGION_NAME, view, {NEW.material_id: {SECOND: b"sealed"}}).shared_events
    assert [material.id_commits for material in e.materials_of(given)] == [True]
