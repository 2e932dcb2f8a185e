"""Imported material in a family of regions: each imports for itself, and the primary says which there is."""

import pytest

from shared.errors import IncorrectKeyMaterial, InvalidKeyState, KeytideError, UnsupportedOperation, ValidationFailed
from shared.events import KeyMaterialImported, MaterialBorn, ReplicaMaterialImported
from shared.keys.commands import DeleteImportedKeyMaterial, RotateKeyOnDemand, UpdatePrimaryRegion
from shared.keys.decide_import import delete_imported_key_material, expire_material, import_key_material
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_rotation import rotate_on_demand
from tests.shared.keys.examples import ACCOUNT, MULTI_IMPORTABLE, MULTI_REGION_KEY_ID, REGION, Family
from tests.shared.keys.test_decide_import import EXISTING, FIRST, NEW, NOW, SECOND, bringing, ids

REPLICA, THIRD = "eu-west-1", "ap-southeast-2"


class ImportingFamily(Family):
    """A multi-region key with imported material."""

    def __init__(self, *replicas: str) -> None:
        super().__init__(MULTI_IMPORTABLE)
        self.bring(REGION, FIRST)
        for region in replicas:
            self.replicate(region)
            self.bring(region, FIRST)

    def bring(self, region: str, material_id: str, **options: object) -> None:
        command = bringing(material_id, self.name(region), **options)
        self.do(region, import_key_material(command, self.views[region]))

    def drop(self, region: str, material_id: str) -> None:
        command = DeleteImportedKeyMaterial(self.name(region), material_id)
        self.do(region, delete_imported_key_material(command, self.views[region]))

    def rotate(self) -> None:
        command = RotateKeyOnDemand(self.name(), NOW)
        self.do(REGION, rotate_on_demand(command, self.views[REGION], None))

    def waits(self) -> list[bool]:
        """What each region says of the pending material."""
        pending = [(self.key(region), self.key(region).pending_material) for region in self.regions]
        return [material is not None and key.awaits_import(material) for key, material in pending]


def test_each_member_of_a_family_imports_for_itself() -> None:
    family = ImportingFamily()
    family.replicate(REPLICA)
    assert [family.key(region).state for region in family.regions] == ["Enabled", "PendingImport", None]
    family.bring(REPLICA, FIRST)
    assert [family.key(region).state for region in family.regions] == ["Enabled", "Enabled", None]
    assert [m.wrapped for region in family.regions for m in family.key(region).materials] == [
        b"us-east-1 ab",
        b"eu-west-1 ab",
        None,
    ]


def test_no_secret_and_no_end_of_imported_material_is_shared() -> None:
    family = ImportingFamily(REPLICA)
    command = bringing(SECOND, family.name(), import_type=NEW, valid_to=NOW + 5, description="second")
    (shared,) = import_key_material(command, family.views[REGION]).shared_events
    born = MaterialBorn(SECOND, MULTI_REGION_KEY_ID, NOW)
    assert shared == KeyMaterialImported(ACCOUNT, MULTI_REGION_KEY_ID, (born,), pending=True, description="second")


def test_a_rotation_waits_for_every_replica() -> None:
    family = ImportingFamily(REPLICA, THIRD)
    family.bring(REGION, SECOND, import_type=NEW)
    assert family.waits() == [True, True, True]
    family.bring(REPLICA, SECOND, import_type=EXISTING)
    assert family.waits() == [True, True, True]
    with pytest.raises(InvalidKeyState, match="No available key material pending rotation"):
        family.rotate()
    family.bring(THIRD, SECOND)
    assert family.waits() == [False, False, False]
    family.rotate()
    assert {family.key(region).current_material.material_id for region in family.regions} == {SECOND}
    assert {family.key(region).state for region in family.regions} == {"Enabled"}


def test_a_replica_tells_of_pending_material_alone() -> None:
    family = ImportingFamily(REPLICA)
    assert import_key_material(bringing(FIRST, family.name(REPLICA)), family.views[REPLICA]).shared_events == ()
    family.bring(REGION, SECOND, import_type=NEW)
    told = import_key_material(bringing(SECOND, family.name(REPLICA)), family.views[REPLICA]).shared_events
    assert told == (ReplicaMaterialImported(ACCOUNT, MULTI_REGION_KEY_ID, REPLICA, SECOND, NOW),)


def test_pending_material_that_the_primary_takes_back_is_gone_everywhere() -> None:
    family = ImportingFamily(REPLICA)
    family.bring(REGION, SECOND, import_type=NEW)
    family.bring(REPLICA, SECOND)
    family.drop(REGION, SECOND)
    assert [ids(family.key(region)) for region in family.regions] == [[FIRST]] * 3


def test_pending_material_that_expires_at_the_primary_is_gone_everywhere() -> None:
    family = ImportingFamily(REPLICA)
    family.bring(REGION, SECOND, import_type=NEW, valid_to=NOW + 5)
    family.bring(REPLICA, SECOND)
    family.do(REGION, expire_material(family.name(), family.views[REGION], NOW + 5))
    assert [ids(family.key(region)) for region in family.regions] == [[FIRST]] * 3


@pytest.mark.parametrize("material_id", [FIRST, SECOND])
def test_what_a_replica_deletes_it_deletes_for_itself(material_id: str) -> None:
    family = ImportingFamily(REPLICA)
    family.bring(REGION, SECOND, import_type=NEW)
    family.bring(REPLICA, SECOND)
    family.drop(REPLICA, material_id)
    assert [ids(family.key(region)) for region in family.regions] == [[FIRST, SECOND]] * 3
    gone = [material.material_id for material in family.key(REPLICA).materials if material.wrapped is None]
    assert gone == [material_id]
    assert all(material.wrapped is not None for material in family.key().materials)


@pytest.mark.parametrize(
    ("material_id", "options", "error"),
    [
        (SECOND, {"import_type": NEW}, UnsupportedOperation),
        (SECOND, {}, IncorrectKeyMaterial),
        (FIRST, {"description": "other"}, ValidationFailed),
    ],
)
def test_what_a_replica_refuses(material_id: str, options: dict[str, object], error: type[KeytideError]) -> None:
    family = ImportingFamily(REPLICA)
    with pytest.raises(error):
        family.bring(REPLICA, material_id, **options)


def test_the_primary_names_material_for_all() -> None:
    family = ImportingFamily(REPLICA)
    family.bring(REGION, FIRST, description="named")
    family.bring(REPLICA, FIRST, description="named")
    assert {family.key(region).current_material.description for region in family.regions} == {"named"}


def test_a_new_primary_goes_on_where_the_old_one_was() -> None:
    family = ImportingFamily(REPLICA)
    family.bring(REGION, SECOND, import_type=NEW)
    family.do(REGION, update_primary_region(UpdatePrimaryRegion(family.name(), REPLICA), family.views[REGION]))
    assert family.waits() == [True, True, True]
    command = RotateKeyOnDemand(family.name(REPLICA), NOW)
    with pytest.raises(InvalidKeyState, match="No available key material pending rotation"):
        rotate_on_demand(command, family.views[REPLICA], None)
    family.bring(REPLICA, SECOND)
    assert family.waits() == [False, False, False]
    family.do(REPLICA, rotate_on_demand(command, family.views[REPLICA], None))
    assert {family.key(region).current_material.material_id for region in family.regions} == {SECOND}
    assert [family.key(region).state for region in family.regions] == ["Enabled", "Enabled", None]


def test_a_region_that_misses_the_new_material_waits_for_it() -> None:
    family = ImportingFamily(REPLICA)
    family.bring(REGION, SECOND, import_type=NEW)
    family.bring(REPLICA, SECOND)
    family.drop(REPLICA, SECOND)
    family.rotate()
    assert [family.key(region).state for region in family.regions] == ["Enabled", "PendingImport", None]
    family.bring(REPLICA, SECOND)
    assert family.key(REPLICA).state == "Enabled"
