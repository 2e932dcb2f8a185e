"""Material of an epoch that is lost reaches every region of the key, also one that got the key afterwards."""

from tests.services.region_node.lost_primary import applied_replica, family, held, no_alarms, promote, rotate
from tests.services.region_node.running_replicator import REGIONS, RunningRegion, eventually, regions

LOST, HERE, THIRD = REGIONS


def has_overtaken(region: RunningRegion, key_id: str, material_id: str) -> bool:
    """And knows of every region that it was given the material: one that asks for what it lacks is not known to."""
    material = held(region, key_id).material(material_id)
    return (
        material is not None
        and material.wrapped is not None
        and material.overtaken
        and set(material.given_to) == set(REGIONS)
    )


async def test_material_of_a_lost_rotation_opens_to_the_same_secret_in_a_replica_that_was_made_later() -> None:
    async with regions(*REGIONS) as made:
        lost, here, third = (made[name] for name in REGIONS)
        key_id = await family(lost, here, third)
        await here.stop()
        await third.stop()
        material_id = await rotate(lost, key_id)
        secret = opened(lost, key_id, material_id)
        await lost.stop()
        for region in (here, third):
            region.start()
        for region in (here, third):
            await region.ready()
        await promote(here, key_id)
        await applied_replica(here, key_id, third)
        lost.start()
        await lost.ready()
        for region in (here, third):
            await eventually(lambda region=region: has_overtaken(region, key_id, material_id))  # type: ignore[misc]
            assert opened(region, key_id, material_id) == secret
            assert held(region, key_id).current_material.material_id != material_id
        assert no_alarms(lost, here, third)


def opened(region: RunningRegion, key_id: str, material_id: str) -> bytes:
    key = held(region, key_id)
    material = key.material(material_id)
    assert material is not None
    return region.vault.open_material(key, material).reveal()
