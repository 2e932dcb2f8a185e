"""What a promotion or a hand-over says of material counts only as far as the material's birth has not said it."""

import pytest

from shared import events as e
from shared.evolve import evolve
from shared.keys.model import Key
from shared.keys.whole import encode_whole
from tests.shared.keys.examples import ACCOUNT, MULTI_REGION_KEY_ID
from tests.shared.keys.test_promotion_of_rotations import FIRST, KEY, NEW, OLD, REGIONS, SECOND, in_third, promotion

OTHER_KEY = "mrk-" + "e" * 32
COMMITTING = KEY._replace(materials=(OLD._replace(id_commits=True),))
WHOLE = encode_whole(KEY._replace(materials=(OLD._replace(born_key_id=OTHER_KEY),)), REGIONS)


@pytest.mark.parametrize(
    ("event", "origin", "epoch"),
    [
        (promotion(WHOLE), SECOND, 1),
        (e.PrimaryRegionUpdated(ACCOUNT, MULTI_REGION_KEY_ID, SECOND, 1, WHOLE), FIRST, 0),
    ],
)
def test_no_new_primary_gives_material_another_birth(event: e.Event, origin: str, epoch: int) -> None:
    """The ciphertexts of before name the key that the material was born under."""
    after = evolve(COMMITTING, event, in_third(1, origin, epoch))
    assert isinstance(after, Key)
    assert after.primary_region == SECOND
    assert after.materials == COMMITTING.materials


@pytest.mark.parametrize("key", [KEY, COMMITTING])
def test_material_that_only_a_promotion_names_is_the_key_s_own(key: Key) -> None:
    named = NEW._replace(born_key_id=OTHER_KEY)
    after = evolve(key, promotion(encode_whole(key._replace(materials=(OLD, named)), REGIONS)), in_third(1, SECOND, 1))
    assert isinstance(after, Key)
    unheard = after.material(NEW.material_id)
    assert unheard is not None
    commits = key.materials[0].id_commits
    assert (unheard.born_key_id, unheard.wrapped, unheard.id_commits) == (MULTI_REGION_KEY_ID, None, commits)
