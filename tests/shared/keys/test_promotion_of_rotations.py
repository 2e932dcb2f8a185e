"""A rotation that is under way, and material that a converted key had, when another region becomes the primary."""

import pytest

from shared.events import KeyPromoted, KeyRotated, KeyRotationStarted, MaterialBorn
from shared.evolve import evolve
from shared.fold import Fold
from shared.keys.evolve_promotion import promoted
from shared.keys.heirs import inherited_from
from shared.keys.model import Key, KeyMaterial, RotationUnderWay
from shared.keys.whole import decode_whole, encode_whole, is_whole, under_way_in
from tests.shared.keys.examples import ACCOUNT, MULTI_REGION_KEY_ID, NAME

FIRST, SECOND, THIRD = "us-east-1", "eu-west-1", "ap-southeast-2"
OLD, NEW = KeyMaterial("ab" * 32, MULTI_REGION_KEY_ID, 5, b"w"), KeyMaterial("cd" * 32, MULTI_REGION_KEY_ID, 6, b"x")
SPEC = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS")
KEY = Key(ACCOUNT, MULTI_REGION_KEY_ID, *SPEC, 5, (OLD,), "Enabled", "", None, (), FIRST, (THIRD, SECOND), 0)
UNDER_WAY = RotationUnderWay(NEW.material_id, "ON_DEMAND", 7, FIRST)
BEGUN = KEY._replace(materials=(OLD, NEW._replace(pending=True)), under_way=UNDER_WAY)
REGIONS = (THIRD, SECOND, FIRST)
BORN = MaterialBorn(NEW.material_id, NEW.born_key_id, NEW.created_at, None, {SECOND: b"s", THIRD: b"s"})
STARTED = KeyRotationStarted(ACCOUNT, MULTI_REGION_KEY_ID, "ON_DEMAND", (BORN,))


def promotion(whole: bytes) -> KeyPromoted:
    return KeyPromoted(ACCOUNT, MULTI_REGION_KEY_ID, SECOND, 1, FIRST, 3, bytes(32), whole)


def in_third(number: int, origin: str, epoch: int) -> Fold:
    return Fold(THIRD, 9, origin, {NEW.material_id: b"x"}, number=number, key_epoch=(epoch, origin))


def test_the_new_primary_has_the_rotation_that_it_is_to_end() -> None:
    key = promoted(KEY, promotion(encode_whole(BEGUN, REGIONS)), in_third(1, SECOND, 1))
    assert (key.under_way, key.current_material.material_id) == (UNDER_WAY, OLD.material_id)
    ended = KeyRotated(ACCOUNT, MULTI_REGION_KEY_ID, "ON_DEMAND", NEW.material_id)
    after = evolve(key, ended, in_third(2, SECOND, 1))
    assert isinstance(after, Key)
    assert (after.under_way, after.current_material.material_id) == (None, NEW.material_id)


@pytest.mark.parametrize("first", ["the rotation", "the promotion"])
def test_material_of_a_rotation_that_is_overtaken_decrypts_alone(first: str) -> None:
    """By the record that ends the rotation, which nobody else has yet, the former primary may have used it."""
    ways = [(STARTED, in_third(4, FIRST, 0)), (promotion(encode_whole(KEY, REGIONS)), in_third(1, SECOND, 1))]
    state: object = KEY
    for event, fold in ways if first == "the rotation" else reversed(ways):
        state = evolve(state, event, fold)  # type: ignore[arg-type]
    assert isinstance(state, Key)
    assert state.under_way is None
    assert [(m.material_id, m.wrapped, m.overtaken) for m in state.materials] == [
        (NEW.material_id, b"x", True),
        (OLD.material_id, b"w", False),
    ]


def test_a_rotation_without_material_to_end_with_is_none() -> None:
    whole = encode_whole(BEGUN, REGIONS)
    assert is_whole(whole)
    assert under_way_in(decode_whole(whole)) == UNDER_WAY
    assert not is_whole(encode_whole(BEGUN._replace(materials=(OLD, NEW)), REGIONS))


def test_an_heir_is_found_behind_what_is_overtaken() -> None:
    inherited = OLD._replace(born_key_id=NAME.key_id)
    assert inherited_from(KEY._replace(materials=(NEW._replace(overtaken=True), inherited))) == NAME.key_id
    assert inherited_from(KEY) is None
