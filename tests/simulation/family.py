"""Two multi-region keys, one with imported material, and everything that changes materials and roles, from one seed.

The commands meet the keys in any order and in any region: most are allowed somewhere, and the others are refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from replication.state.view import SnapshotView
from shared.decision import Decision, StateView
from shared.events import MaterialBorn
from shared.keys import decide
from shared.keys.commands import (
    CreateKey,
    DeleteImportedKeyMaterial,
    DisableKeyRotation,
    EnableKeyRotation,
    ImportKeyMaterial,
    KeyName,
    RegionalSettings,
    ReplicateKey,
    RotateKeyOnDemand,
    SettingsLimits,
    UpdatePrimaryRegion,
)
from shared.keys.decide_import import delete_imported_key_material, expire_material, import_key_material
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_replica import replicate_key
from shared.keys.decide_rotation import (
    disable_key_rotation,
    enable_key_rotation,
    finish_rotation,
    rotatable,
    rotate_on_demand,
)
from shared.keys.specs import AWS_KMS, EXTERNAL
from tests.replication.written_log import ACCOUNT, HOME, START, multi_region_key_id
from tests.shared.keys.examples import AUTHOR
from tests.simulation.materials import sealed_for, wrapped_of
from tests.simulation.world import REGIONS, Command, World

ORIGINS = {multi_region_key_id(0): EXTERNAL, multi_region_key_id(1): AWS_KMS}
MATERIALS = (f"{1001:064x}", f"{1002:064x}", f"{1003:064x}")


@dataclass
class FamilyWorld(World):
    many: int = 70

    def command(self, number: int) -> Command:
        if number < len(ORIGINS):
            return self._birth(number)
        rarely = [self._handing_over, self._scheduling, self._deleting, self._expiring]
        often = [self._rotating, self._giving, self._finishing, self._finishing] * 2
        kind = self.chance.choice([*[self._importing] * 8, *often, *rarely])
        key_id = self.chance.choices([*ORIGINS], weights=[2, 1])[0]
        name = KeyName(self.chance.choice(REGIONS), ACCOUNT, key_id)
        return Command(number, name.region, kind(number, name))

    def _birth(self, number: int) -> Command:
        key_id, origin = [*ORIGINS.items()][number]
        material_id = f"{number:064x}"
        material = MaterialBorn(material_id, key_id, START, wrapped_of(material_id)) if origin == AWS_KMS else None
        command = CreateKey(
            key=KeyName(HOME, ACCOUNT, key_id),
            spec="SYMMETRIC_DEFAULT",
            usage=None,
            origin=origin,
            multi_region=True,
            material=material,
            settings=RegionalSettings(),
            limits=SettingsLimits(),
            author=AUTHOR,
            keys_per_account=1000,
        )
        return Command(number, HOME, lambda view: decide.create_key(command, view))

    def _giving(self, _number: int, name: KeyName) -> Callable[[SnapshotView], Decision]:
        return partial(give_replica, name, self.chance.choice(REGIONS))

    def _handing_over(self, _number: int, name: KeyName) -> Callable[[SnapshotView], Decision]:
        command = UpdatePrimaryRegion(name, self.chance.choice(REGIONS))
        return lambda view: update_primary_region(command, view)

    def _scheduling(self, _number: int, name: KeyName) -> Callable[[SnapshotView], Decision]:
        days = self.chance.choice([None, 90, 365])
        if days is None:
            return lambda view: disable_key_rotation(DisableKeyRotation(name), view)
        return lambda view: enable_key_rotation(EnableKeyRotation(name, days), view)

    def _rotating(self, number: int, name: KeyName) -> Callable[[SnapshotView], Decision]:
        command = RotateKeyOnDemand(name, START)

        def decide_rotation(view: SnapshotView) -> Decision:
            key = rotatable(command, view)
            material_id = f"{number:064x}"
            sealed = sealed_for(material_id, key.replica_regions)
            fresh = MaterialBorn(material_id, key.key_id, START, wrapped_of(material_id), sealed)
            return rotate_on_demand(command, view, None if key.origin == EXTERNAL else fresh)

        return decide_rotation

    def _finishing(self, _number: int, name: KeyName) -> Callable[[SnapshotView], Decision]:
        """Whoever has the new material may have been heard to have it; sometimes nobody is waited for any longer."""
        heard, overdue = self.chance.sample(REGIONS, 2 + self.chance.randrange(2)), self.chance.random() < 0.2

        def decide_end(view: SnapshotView) -> Decision:
            key = view.key(ACCOUNT, name.key_id)
            if key is None or key.under_way is None:
                return Decision(())
            material_id = key.under_way.material_id
            confirmed = [region for region in heard if self.regions[region].holds(name.key_id, material_id)]
            if overdue:
                self.facts.not_awaited.add(material_id)
            return finish_rotation(name, view, key.under_way, confirmed, overdue=overdue)

        return decide_end

    def _importing(self, number: int, name: KeyName) -> Callable[[SnapshotView], Decision]:
        """One of few materials, the same in every region, which may end soon."""
        end = self.chance.choice([None, None, None, self.regions[name.region].now() + self.chance.randrange(3000)])
        material_id = self.chance.choice(MATERIALS)
        born = MaterialBorn(material_id, name.key_id, START + number, wrapped_of(material_id))
        command = ImportKeyMaterial(
            name,
            born,
            import_type=self.chance.choice([None, None, "NEW_KEY_MATERIAL"]),
            description=self.chance.choice([None, None, "described"]),
            valid_to=end,
        )
        return lambda view: import_key_material(command, view)

    def _deleting(self, _number: int, name: KeyName) -> Callable[[SnapshotView], Decision]:
        command = DeleteImportedKeyMaterial(name, self.chance.choice([None, *MATERIALS]))
        return lambda view: delete_imported_key_material(command, view)

    def _expiring(self, _number: int, name: KeyName) -> Callable[[SnapshotView], Decision]:
        region = self.regions[name.region]
        return lambda view: expire_material(name, view, region.now())


def give_replica(name: KeyName, to: str, view: StateView) -> Decision:
    command = ReplicateKey(name, to, frozenset(REGIONS), RegionalSettings(), SettingsLimits(), AUTHOR)
    key = view.key(name.account, name.key_id)
    sealed = {m.material_id: sealed_for(m.material_id, [to]) for m in key.materials} if key else {}
    return replicate_key(command, view, sealed)
