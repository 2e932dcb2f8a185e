"""New material of a family decrypts everywhere before it encrypts anywhere."""

import pytest

from shared.decision import Decision
from shared.errors import Conflict
from shared.events import KeyRotated, KeyRotationStarted, MaterialBorn
from shared.identifiers import key_stream
from shared.keys.commands import (
    DisableKeyRotation,
    EnableKeyRotation,
    RotateKeyOnDemand,
    UpdatePrimaryRegion,
)
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_rotation import (
    disable_key_rotation,
    enable_key_rotation,
    finish_rotation,
    rotate_on_demand,
    rotate_when_due,
    rotation_is_due,
)
from shared.keys.model import Key, Rotation, RotationUnderWay
from shared.keys.times import days
from tests.shared.keys.examples import ACCOUNT, MATERIAL, MULTI, REGION, Family
from tests.shared.memory_view import MemoryView

NOW = MemoryView(REGION).time
EUROPE, ASIA = "eu-west-1", "ap-southeast-2"
FRESH_ID = f"{1:064x}"


def fresh(family: Family) -> MaterialBorn:
    sealed = dict.fromkeys(family.key().replica_regions, b"sealed")
    return MaterialBorn(FRESH_ID, family.key_id, NOW, b"fresh", sealed)


def started(*replicas: str) -> Family:
    """A family with a rotation on demand under way."""
    family = Family(MULTI, *replicas)
    command = RotateKeyOnDemand(family.name(), NOW)
    family.do(REGION, rotate_on_demand(command, family.views[REGION], fresh(family)))
    return family


def under_way(family: Family, region: str = REGION) -> RotationUnderWay:
    rotation = family.key(region).under_way
    assert rotation is not None
    return rotation


def finished(family: Family, *confirmed: str, region: str = REGION, overdue: bool = False) -> Decision:
    name, view = family.name(region), family.views[region]
    return finish_rotation(name, view, under_way(family), confirmed, overdue=overdue)


def currents(family: Family) -> list[str]:
    return [family.key(region).current_material.material_id for region in family.regions]


def test_until_it_is_finished_every_region_knows_the_material_and_encrypts_under_the_former() -> None:
    family = started(EUROPE, ASIA)
    assert currents(family) == [MATERIAL.material_id] * 3
    for region in family.regions:
        material = family.key(region).material(FRESH_ID)
        assert material is not None
        assert (material.pending, material.rotated_at, bool(material.wrapped)) == (True, None, True)
        assert family.key(region).under_way == RotationUnderWay(FRESH_ID, "ON_DEMAND", NOW, REGION)


def test_a_key_without_replicas_is_rotated_at_once() -> None:
    family = started()
    assert currents(family) == [FRESH_ID] * 3
    assert family.key().under_way is None


@pytest.mark.parametrize(
    ("confirmed", "overdue", "unconfirmed"),
    [
        ((), False, None),
        ((EUROPE,), False, None),
        ((EUROPE, "sa-east-1"), False, None),
        ((EUROPE, ASIA), False, ()),
        ((EUROPE, ASIA), True, ()),
        ((EUROPE,), True, (ASIA,)),
        ((), True, (ASIA, EUROPE)),
    ],
)
def test_it_encrypts_once_all_have_confirmed_or_the_time_is_over(
    confirmed: tuple[str, ...], overdue: bool, unconfirmed: tuple[str, ...] | None
) -> None:
    family = started(EUROPE, ASIA)
    decision = finished(family, *confirmed, overdue=overdue)
    if unconfirmed is None:
        assert decision.events == ()
        return
    (event,) = decision.events
    assert event == KeyRotated(
        ACCOUNT, family.key_id, "ON_DEMAND", FRESH_ID, (), unconfirmed, MATERIAL.material_id, "AWS_KMS"
    )
    assert decision.shared_events == (event,)
    family.do(REGION, decision)
    assert currents(family) == [FRESH_ID] * 3
    assert {family.key(region).under_way for region in family.regions} == {None}
    current = family.key(EUROPE).current_material
    assert (current.rotation_type, current.rotated_at, current.pending) == ("ON_DEMAND", NOW, False)


def test_what_is_finished_is_finished_once() -> None:
    family = started(EUROPE)
    rotation = under_way(family)
    family.do(REGION, finished(family, EUROPE))
    again = finish_rotation(family.name(), family.views[REGION], rotation, {EUROPE}, overdue=True)
    assert again.events == ()


def test_the_primary_alone_finishes_and_after_a_hand_over_the_new_one() -> None:
    family = started(EUROPE, ASIA)
    assert finished(family, EUROPE, ASIA, region=EUROPE).events == ()
    hand_over = UpdatePrimaryRegion(family.name(), EUROPE)
    family.do(REGION, update_primary_region(hand_over, family.views[REGION]))
    assert finished(family, EUROPE, ASIA, region=REGION).events == ()
    assert under_way(family, EUROPE).region == REGION
    assert finished(family, ASIA, region=EUROPE).events == ()
    family.do(EUROPE, finished(family, REGION, ASIA, region=EUROPE))
    assert currents(family) == [FRESH_ID] * 3


def test_a_replica_that_comes_meanwhile_gets_the_material_and_is_waited_for() -> None:
    family = started(EUROPE)
    family.replicate(ASIA)
    assert [bool(material.wrapped) for material in family.key(ASIA).materials] == [True, True]
    assert finished(family, EUROPE).events == ()
    family.do(REGION, finished(family, EUROPE, ASIA))
    assert currents(family) == [FRESH_ID] * 3


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion", "PendingReplicaDeletion", "Unavailable"])
def test_what_was_begun_is_finished_in_every_state(state: str) -> None:
    family = started(EUROPE)
    family.views[REGION].states[key_stream(ACCOUNT, family.key_id)] = family.key()._replace(state=state)
    assert finished(family, EUROPE).events


def test_one_rotation_after_the_other() -> None:
    family = started(EUROPE)
    with pytest.raises(Conflict) as refusal:
        rotate_on_demand(RotateKeyOnDemand(family.name(), NOW), family.views[REGION], fresh(family))
    assert "is in progress" in refusal.value.message
    family.do(REGION, enable_key_rotation(EnableKeyRotation(family.name(), 90), family.views[REGION]))
    assert not rotation_is_due(family.key(), family.name(), NOW + days(90))
    family.do(REGION, finished(family, EUROPE))
    assert rotation_is_due(family.key(), family.name(), NOW + days(90))


def automatic(due: int) -> Family:
    """An automatic rotation is under way."""
    family = Family(MULTI, EUROPE)
    family.do(REGION, enable_key_rotation(EnableKeyRotation(family.name(), 90), family.views[REGION]))
    for view in family.views.values():
        view.time = due
    decision = rotate_when_due(family.name(), family.views[REGION], due, fresh(family))
    assert isinstance(decision.events[0], KeyRotationStarted)
    family.do(REGION, decision)
    return family


def test_the_next_automatic_rotation_is_counted_from_the_beginning_of_this_one() -> None:
    due = NOW + days(90)
    family = automatic(due)
    assert family.key().rotation == Rotation(90, due + days(90))
    family.do(REGION, finished(family, EUROPE))
    assert family.key(EUROPE).rotation == Rotation(90, due + days(90))
    assert family.key().current_material.rotation_type == "AUTOMATIC"


def test_a_schedule_that_is_changed_meanwhile_is_not_put_off_by_the_end() -> None:
    due = NOW + days(90)
    family = automatic(due)
    family.do(REGION, disable_key_rotation(DisableKeyRotation(family.name()), family.views[REGION]))
    family.do(REGION, enable_key_rotation(EnableKeyRotation(family.name(), 100), family.views[REGION]))
    family.do(REGION, finished(family, EUROPE))
    assert family.key().rotation == Rotation(100, due + days(100))


def test_a_material_that_became_known_before_is_current_all_the_same() -> None:
    """Whatever came to stand behind it meanwhile."""
    family = started(EUROPE)
    other = MaterialBorn(f"{2:064x}", family.key_id, NOW, b"other")
    rotated = KeyRotated(ACCOUNT, family.key_id, "AUTOMATIC", other.material_id, (other,))
    family.do(REGION, Decision((rotated,), (rotated,)))
    family.do(REGION, finished(family, EUROPE))
    key: Key = family.key()
    assert (key.current_material.material_id, len(key.materials)) == (FRESH_ID, 3)
