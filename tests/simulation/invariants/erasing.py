"""What lives opens with the keys on the disk, at every moment; what went opens with none that is left."""

from shared.crypto.domain_keys import DomainKeys
from tests.replication.written_log import ACCOUNT
from tests.simulation.erased import ErasedWorld
from tests.simulation.erasing import Copy, ErasingRegion, copies_in, copies_of
from tests.simulation.materials import secret_of
from tests.simulation.rest import Rest
from tests.simulation.world import World


def what_lives_opens(world: World) -> None:
    """By a process that knows nothing but the disk."""
    for region in erasing_regions(world):
        if region.author is not None:
            keys = DomainKeys(region.disk.domain_keys(), fresh=region.disk.fresh)
            for copy in _living(region):
                assert copy.opens(keys, ACCOUNT) == secret_of(copy.material_id), f"{region.name} cannot open {copy}"


def what_went_opens_nowhere(rest: Rest) -> None:
    """Whatever stands of it in the log, once nothing waits to be erased. With the keys that were destroyed it did."""
    for region in erasing_regions(rest.world):
        kept, ever = DomainKeys(region.disk.domain_keys()), DomainKeys(region.disk.ever)
        copies = [copy for encoded in region.local.entries[0] for copy in copies_in(encoded)]
        gone = _lived(rest, region.name) - {copy.material_id for copy in _living(region)}
        for copy in copies:
            assert copy.opens(ever, ACCOUNT) == secret_of(copy.material_id)
            if copy.material_id in gone:
                assert copy.opens(kept, ACCOUNT) is None, f"{region.name} still opens {copy}"


def erasing_regions(world: World) -> list[ErasingRegion]:
    return world.erasing if isinstance(world, ErasedWorld) else []


def _living(region: ErasingRegion) -> list[Copy]:
    materials = [(key.key_id, material) for key in region.keys().values() for material in key.materials]
    return [Copy(key_id, one.material_id, one.wrapped) for key_id, one in materials if one.wrapped is not None]


def _lived(rest: Rest, name: str) -> set[str]:
    """The materials that the region's state has ever held."""
    return {copy.material_id for envelope in rest.histories[name].applied for copy in copies_of(envelope)}
