"""What events make of a key, here and in the regions that adopt them: deletion, rotation, import, hand-over."""

import itertools

import pytest

from shared import events as e
from shared.erasure.live import lacking
from shared.evolve import evolve
from shared.fold import Fold
from shared.keys.model import Deletion, Key, KeyMaterial, Rotation
from shared.keys.times import days

ACCOUNT, KEY_ID = "111122223333", "mrk-1234abcd12ab34cd56ef1234567890ab"
HOME, REPLICA, THIRD = "us-east-1", "eu-west-1", "ap-southeast-2"
FIRST, SECOND = "ab" * 32, "cd" * 32
SPEC = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
BORN = e.MaterialBorn(FIRST, KEY_ID, 5, wrapped=b"one")
NEXT = e.MaterialBorn(SECOND, KEY_ID, 6, wrapped=b"two")


def created(origin: str = "AWS_KMS") -> e.KeyCreated:
    materials = () if origin == "EXTERNAL" else (BORN,)
    return e.KeyCreated(ACCOUNT, KEY_ID, *SPEC, origin, materials, HOME)


def replicated(origin: str = "AWS_KMS") -> e.KeyReplicated:
    materials = () if origin == "EXTERNAL" else (BORN,)
    return e.KeyReplicated(ACCOUNT, KEY_ID, *SPEC, origin, materials, HOME, (REPLICA,), REPLICA)


def folded(region: str, *happened: tuple[str, e.Event], time: int = 10) -> Key | None:
    """The key in `region` after events that happened in the regions named."""
    state: object = None
    for where, event in happened:
        fold = Fold(region, time, None if where == region else where, {FIRST: b"1", SECOND: b"2"})
        state = evolve(state, event, fold)  # type: ignore[arg-type]
    assert state is None or isinstance(state, Key)
    return state


def held(region: str, *happened: tuple[str, e.Event], time: int = 10) -> Key:
    key = folded(region, *happened, time=time)
    assert key is not None
    return key


FAMILY = ((HOME, created()), (HOME, replicated()))
SCHEDULED = e.KeyDeletionScheduled(ACCOUNT, KEY_ID, 7)
REPLICA_GONE = e.KeyDeleted(ACCOUNT, KEY_ID, REPLICA)


def test_a_primary_waits_for_its_replicas_and_then_for_its_window() -> None:
    waiting = held(HOME, *FAMILY, (HOME, SCHEDULED))
    assert (waiting.state, waiting.deletion) == ("PendingReplicaDeletion", Deletion(7, None))
    pending = held(HOME, *FAMILY, (HOME, SCHEDULED), (REPLICA, REPLICA_GONE), time=1000)
    assert (pending.state, pending.deletion) == ("PendingDeletion", Deletion(7, 1000 + days(7)))


def test_a_replica_that_is_gone_leaves_only_what_all_know() -> None:
    key = held(REPLICA, *FAMILY, (REPLICA, REPLICA_GONE))
    assert (key.held_here, key.replica_regions) == (False, ())
    assert [material.wrapped for material in key.materials] == [None]


@pytest.mark.parametrize(
    "brings",
    [
        e.KeyRotated(ACCOUNT, KEY_ID, "ON_DEMAND", SECOND, (NEXT,)),
        e.KeyRotationStarted(ACCOUNT, KEY_ID, "ON_DEMAND", (NEXT,)),
    ],
)
def test_material_that_comes_for_a_replica_that_is_gone_is_not_kept(brings: e.Event) -> None:
    """Its primary had not adopted yet that it went. Given again, the replica gets it like all other material."""
    key = held(REPLICA, *FAMILY, (REPLICA, REPLICA_GONE), (HOME, brings))
    assert [material.wrapped for material in key.materials] == [None, None]
    assert lacking(key) == ()
    again = replicated()._replace(materials=(BORN, NEXT))
    back = held(REPLICA, *FAMILY, (REPLICA, REPLICA_GONE), (HOME, brings), (HOME, again))
    assert [material.wrapped for material in back.materials] == [b"1", b"2"]


def test_a_replica_can_be_made_again() -> None:
    key = held(REPLICA, *FAMILY, (REPLICA, REPLICA_GONE), (HOME, replicated()))
    assert (key.state, key.replica_regions, key.current_material.wrapped) == ("Enabled", (REPLICA,), b"1")


def test_a_replica_that_is_given_again_follows_the_primary_that_gives_it() -> None:
    """An overtaken record had given it before, when its tag said that tags are in common."""
    before = replicated()._replace(tags=(("keytide:replicate", "tags"), ("team", "lost")), description="first")
    key = held(REPLICA, (HOME, created()), (HOME, before), (HOME, replicated()._replace(description="second")))
    assert (key.tags, key.description) == ((("team", "lost"),), "first")


def test_a_region_that_has_the_key_keeps_its_own_settings_where_it_is_given_the_key_once_more() -> None:
    own = (
        e.KeyDisabled(ACCOUNT, KEY_ID),
        e.KeyPolicyPut(ACCOUNT, KEY_ID, "{}"),
        e.KeyTagged(ACCOUNT, KEY_ID, (("a", "b"),)),
    )
    before = held(REPLICA, *FAMILY, *((REPLICA, event) for event in own))
    again = e.KeyReplicated(
        ACCOUNT, KEY_ID, *SPEC, "AWS_KMS", (BORN._replace(wrapped=b"other"),), HOME, (REPLICA,), REPLICA
    )
    assert before.state == "Disabled"
    assert held(REPLICA, *FAMILY, *((REPLICA, event) for event in own), (HOME, again)) == before


def test_a_whole_key_is_gone_everywhere() -> None:
    whole = e.KeyDeleted(ACCOUNT, KEY_ID, HOME, whole=True)
    for region in (HOME, REPLICA, THIRD):
        assert folded(region, (HOME, created()), (HOME, whole)) is None


def test_a_new_primary_whose_replica_goes_takes_nobody_elses_with_it() -> None:
    handed = e.PrimaryRegionUpdated(ACCOUNT, KEY_ID, REPLICA, 1)
    key = held(HOME, *FAMILY, (HOME, handed), (REPLICA, REPLICA_GONE))
    assert (key.state, key.current_material.wrapped) == ("Enabled", b"one")


def test_a_cancelled_deletion_leaves_the_key_disabled() -> None:
    key = held(HOME, (HOME, created()), (HOME, SCHEDULED), (HOME, e.KeyDeletionCanceled(ACCOUNT, KEY_ID)))
    assert (key.state, key.deletion) == ("Disabled", None)


def test_roles_change_in_every_region_alike() -> None:
    handed = e.PrimaryRegionUpdated(ACCOUNT, KEY_ID, REPLICA, 1)
    for region in (HOME, REPLICA, THIRD):
        key = held(region, *FAMILY, (HOME, handed))
        assert (key.primary_region, key.replica_regions, key.epoch) == (REPLICA, (HOME,), 1)


def test_records_of_different_regions_may_come_in_either_order() -> None:
    """What the third region knows must not depend on whose record it adopted first."""
    again = e.KeyReplicated(ACCOUNT, KEY_ID, *SPEC, "AWS_KMS", (BORN,), HOME, (REPLICA, THIRD), THIRD)
    handed = e.PrimaryRegionUpdated(ACCOUNT, KEY_ID, REPLICA, 1)
    for event in (again, handed):
        first = held("af-south-1", *FAMILY, (HOME, event), (REPLICA, REPLICA_GONE))
        second = held("af-south-1", *FAMILY, (REPLICA, REPLICA_GONE), (HOME, event))
        assert first == second


ROTATION_ON = e.KeyRotationEnabled(ACCOUNT, KEY_ID, 90)
AUTOMATIC = e.KeyRotated(ACCOUNT, KEY_ID, "AUTOMATIC", SECOND, (NEXT,))


def test_rotation_is_shared_and_counts_from_the_day_it_was_switched_on() -> None:
    for region in (HOME, REPLICA, THIRD):
        assert held(region, *FAMILY, (HOME, ROTATION_ON), time=100).rotation == Rotation(90, 100 + days(90))
    off = e.KeyRotationDisabled(ACCOUNT, KEY_ID)
    assert held(HOME, *FAMILY, (HOME, ROTATION_ON), (HOME, off)).rotation is None


def test_a_rotation_makes_new_material_current_and_keeps_the_old() -> None:
    key = held(REPLICA, *FAMILY, (HOME, ROTATION_ON), (HOME, AUTOMATIC), time=100)
    assert [material.wrapped for material in key.materials] == [b"1", b"2"]
    assert key.current_material == KeyMaterial(SECOND, KEY_ID, 6, b"2", 100, "AUTOMATIC")


def test_the_next_rotation_counts_from_the_last_unless_that_is_long_past() -> None:
    rotating = held(HOME, (HOME, created()), (HOME, ROTATION_ON), time=100)
    due = 100 + days(90)
    on_time = evolve(rotating, AUTOMATIC, Fold(HOME, due + 50))
    late = evolve(rotating, AUTOMATIC, Fold(HOME, due + days(400)))
    assert isinstance(on_time, Key)
    assert isinstance(late, Key)
    assert on_time.rotation == Rotation(90, due + days(90))
    assert late.rotation == Rotation(90, due + days(490))


def test_an_on_demand_rotation_leaves_the_schedule() -> None:
    on_demand = AUTOMATIC._replace(rotation_type="ON_DEMAND")
    assert held(HOME, *FAMILY, (HOME, ROTATION_ON), (HOME, on_demand), time=1).rotation == Rotation(90, 1 + days(90))


EXTERNAL = ((HOME, created("EXTERNAL")), (HOME, replicated("EXTERNAL")))
IMPORTED = e.KeyMaterialImported(ACCOUNT, KEY_ID, (BORN,), valid_to=500, description="first")
PENDING = e.KeyMaterialImported(ACCOUNT, KEY_ID, (NEXT,), pending=True)


def test_a_key_waits_for_its_import_and_each_region_for_its_own() -> None:
    assert held(HOME, *EXTERNAL).state == held(REPLICA, *EXTERNAL).state == "PendingImport"
    here, there = held(HOME, *EXTERNAL, (HOME, IMPORTED)), held(REPLICA, *EXTERNAL, (HOME, IMPORTED))
    assert (here.state, there.state) == ("Enabled", "PendingImport")
    assert here.materials == (KeyMaterial(FIRST, KEY_ID, 5, b"one", valid_to=500, description="first"),)
    assert there.materials == (KeyMaterial(FIRST, KEY_ID, 5, None, description="first"),)


def test_a_pending_material_is_not_current_before_its_rotation() -> None:
    waiting = held(HOME, *EXTERNAL, (HOME, IMPORTED), (HOME, PENDING))
    assert (waiting.state, waiting.current_material.material_id) == ("Enabled", FIRST)
    rotated = e.KeyRotated(ACCOUNT, KEY_ID, "ON_DEMAND", SECOND)
    key = held(HOME, *EXTERNAL, (HOME, IMPORTED), (HOME, PENDING), (HOME, rotated), time=9)
    assert key.current_material == KeyMaterial(SECOND, KEY_ID, 6, b"two", 9, "ON_DEMAND")


def test_deleted_material_stops_the_key_until_it_is_imported_again() -> None:
    gone = e.KeyMaterialDeleted(ACCOUNT, KEY_ID, FIRST)
    key = held(HOME, *EXTERNAL, (HOME, IMPORTED), (HOME, gone))
    assert (key.state, key.current_material.wrapped, key.current_material.valid_to) == ("PendingImport", None, None)
    again = IMPORTED._replace(valid_to=None, description=None)
    key = held(HOME, *EXTERNAL, (HOME, IMPORTED), (HOME, gone), (HOME, again))
    assert (key.state, key.current_material.wrapped, key.current_material.description) == ("Enabled", b"one", "first")


def test_deleting_used_material_is_regional_and_pending_material_goes_everywhere() -> None:
    there: tuple[tuple[str, e.Event], ...] = ((HOME, IMPORTED), (REPLICA, IMPORTED), (HOME, PENDING))
    used = held(REPLICA, *EXTERNAL, *there, (HOME, e.KeyMaterialDeleted(ACCOUNT, KEY_ID, FIRST)))
    assert (used.state, used.materials[0].wrapped) == ("Enabled", b"one")
    gone = held(REPLICA, *EXTERNAL, *there, (HOME, e.KeyMaterialDeleted(ACCOUNT, KEY_ID, SECOND)))
    assert [material.material_id for material in gone.materials] == [FIRST]


TOLD = e.ReplicaMaterialImported(ACCOUNT, KEY_ID, REPLICA, SECOND, NEXT.created_at)
WAITING = (*EXTERNAL, (HOME, IMPORTED), (REPLICA, IMPORTED), (HOME, PENDING))


@pytest.mark.parametrize("region", [HOME, REPLICA, THIRD])
def test_every_region_learns_who_has_imported(region: str) -> None:
    waiting, imported = held(region, *WAITING), held(region, *WAITING, (REPLICA, TOLD))
    assert [key.materials[1].imported_in for key in (waiting, imported)] == [(HOME,), (REPLICA, HOME)]
    assert [key.awaits_import(key.materials[1]) for key in (waiting, imported)] == [True, False]


def test_a_material_that_was_taken_back_and_imported_anew_has_to_be_imported_again() -> None:
    """Whichever of the two records of different regions a third one adopts first."""
    again = PENDING._replace(materials=(NEXT._replace(created_at=7),))
    gone = (HOME, e.KeyMaterialDeleted(ACCOUNT, KEY_ID, SECOND))
    first = held(THIRD, *WAITING, (REPLICA, TOLD), gone, (HOME, again))
    second = held(THIRD, *WAITING, gone, (HOME, again), (REPLICA, TOLD))
    assert first == second
    assert first.materials[1].imported_in == (HOME,)


@pytest.mark.parametrize("region", [HOME, REPLICA, THIRD])
def test_new_pending_material_takes_the_place_of_what_had_expired(region: str) -> None:
    other = PENDING._replace(materials=(NEXT._replace(material_id="ef" * 32),))
    assert [m.material_id for m in held(region, *WAITING, (HOME, other)).materials] == [FIRST, "ef" * 32]


def test_a_replica_that_is_gone_has_imported_nothing() -> None:
    assert held(HOME, *WAITING, (REPLICA, TOLD), (REPLICA, REPLICA_GONE)).materials[1].imported_in == (HOME,)


def test_a_replica_deletes_pending_material_for_itself_alone() -> None:
    there = ((REPLICA, PENDING), (REPLICA, e.KeyMaterialDeleted(ACCOUNT, KEY_ID, SECOND)))
    key = held(REPLICA, *WAITING, *there)
    assert (key.state, key.materials[1].pending, key.materials[1].wrapped) == ("Enabled", True, None)
    rotated = e.KeyRotated(ACCOUNT, KEY_ID, "ON_DEMAND", SECOND)
    waiting = held(REPLICA, *WAITING, *there, (HOME, rotated))
    assert (waiting.state, waiting.current_material.material_id) == ("PendingImport", SECOND)


@pytest.mark.parametrize("region", [HOME, REPLICA, THIRD])
def test_every_shared_event_folds_in_every_region(region: str) -> None:
    """Peers fold what they may not act on; no order of a key's own events breaks their history."""
    shared: list[tuple[str, e.Event]] = [(HOME, IMPORTED), (HOME, ROTATION_ON), (REPLICA, TOLD)]
    for order in itertools.permutations(shared):
        assert folded(region, *EXTERNAL, *order) is not None
