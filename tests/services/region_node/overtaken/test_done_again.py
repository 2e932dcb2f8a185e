"""What a lost primary had said of a key is done again at the present one, and every region has it."""

from shared.keys.commands import DisableKeyRotation, EnableKeyRotation, KeyName
from shared.keys.decide_rotation import disable_key_rotation, enable_key_rotation
from tests.services.region_node.lost_primary import (
    applied_replica,
    do_again,
    family,
    hand_over,
    held,
    no_alarms,
    open_changes,
    promote,
    rotate,
    the_only_change,
)
from tests.services.region_node.running_replicator import ACCOUNT, REGIONS, RunningRegion, eventually, regions

LOST, HERE, THIRD = REGIONS


async def promoted_over(lost: RunningRegion, here: RunningRegion, *others: RunningRegion, key_id: str) -> None:
    """`lost` has changed the key alone, and `here` is promoted; all hear each other again."""
    await lost.stop()
    here.start()
    await here.vouched()
    await promote(here, key_id)
    for region in (lost, *others):
        region.start()
    for region in (lost, *others):
        await region.ready()


async def test_a_rotation_is_done_again_with_fresh_material_that_all_regions_come_to_use() -> None:
    async with regions(LOST, HERE) as made:
        lost, here = made[LOST], made[HERE]
        key_id = await family(lost, here)
        before = held(lost, key_id).current_material.material_id
        await here.stop()
        overtaken = await rotate(lost, key_id)
        await promoted_over(lost, here, key_id=key_id)
        assert await do_again(here, await the_only_change(here)) == key_id

        def used() -> set[str]:
            keys = [held(region, key_id) for region in (lost, here)]
            return {"" if key.under_way else key.current_material.material_id for key in keys}

        await eventually(lambda: len(used()) == 1 and not used() & {"", before})
        assert overtaken not in used()
        assert here.opened(key_id) is not None
        assert no_alarms(lost, here)


async def test_a_replica_is_made_again_and_can_use_the_key() -> None:
    async with regions(*REGIONS) as made:
        lost, here, third = (made[name] for name in REGIONS)
        key_id = await family(lost, here, third)
        await here.stop()
        await applied_replica(lost, key_id, third)
        await third.stop()
        await promoted_over(lost, here, third, key_id=key_id)
        change = await the_only_change(here)
        assert change.change == f"gives the key to {THIRD}"
        assert THIRD not in held(here, key_id).replica_regions
        assert await do_again(here, change) == key_id
        await eventually(lambda: all(THIRD in held(one, key_id).replica_regions for one in (lost, here, third)))
        await eventually(lambda: third.opened(key_id))
        assert no_alarms(lost, here, third)


async def test_the_end_of_a_schedule_and_a_hand_over_are_done_again_one_after_the_other() -> None:
    async with regions(*REGIONS) as made:
        lost, here, third = (made[name] for name in REGIONS)
        key_id = await family(lost, here, third)
        await applied_replica(lost, key_id, third)
        name = KeyName(LOST, ACCOUNT, key_id)
        await lost.change(lambda view: enable_key_rotation(EnableKeyRotation(name, 90), view))
        await eventually(lambda: held(here, key_id).rotation)
        await here.stop()
        await third.stop()
        await lost.change(lambda view: disable_key_rotation(DisableKeyRotation(name), view))
        await hand_over(lost, key_id, third)
        await promoted_over(lost, here, third, key_id=key_id)
        await eventually(lambda: len(open_changes(here)) == 2)
        disabled, handed = open_changes(here)
        assert (disabled.change, handed.change) == ("rotates it no more", f"makes {THIRD} the primary")
        assert held(here, key_id).rotation is not None
        await do_again(here, disabled)
        assert held(here, key_id).rotation is None
        await do_again(here, handed)
        everywhere = (lost, here, third)
        await eventually(lambda: all(held(region, key_id).present_epoch == (2, THIRD) for region in everywhere))
        await eventually(lambda: not any(open_changes(region) for region in everywhere))
        assert {held(region, key_id).rotation for region in everywhere} == {None}
        assert no_alarms(*everywhere)
