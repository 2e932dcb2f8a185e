"""A region that two others hand a key to at once, one of them promoted by force, says which line counts, unasked."""

from tests.services.region_node.lost_primary import (
    applied_replica,
    family,
    hand_over,
    held,
    no_alarms,
    open_changes,
    promote,
)
from tests.services.region_node.running_replicator import REGIONS, RunningRegion, eventually, regions

FIRST, SECOND, FORCED = REGIONS


def alike(key_id: str, *running: RunningRegion) -> bool:
    """All have the key in one epoch, begun on one ground."""
    return len({(key.present_epoch, key.chain) for region in running if (key := region.key(key_id))}) == 1


async def handed_over(first: RunningRegion, second: RunningRegion, forced: RunningRegion) -> str:
    """A key of which `second` is the primary by now; `forced` is away, and has heard of its replica alone."""
    key_id = await family(first, second, forced)
    await applied_replica(first, key_id, forced)
    await forced.stop()
    await hand_over(first, key_id, second)
    await eventually(lambda: held(second, key_id).primary_region == SECOND)
    return key_id


async def promoted_and_handed_over(forced: RunningRegion, key_id: str, first: RunningRegion) -> None:
    """By one that has heard of neither, with both away: its hand-over has the count of the second of those."""
    forced.start()
    await forced.vouched()
    await promote(forced, key_id)
    await hand_over(forced, key_id, first)
    assert held(forced, key_id).present_epoch == (2, FIRST)


async def all_agree(key_id: str, everywhere: tuple[RunningRegion, ...], overtaken: list[str]) -> None:
    for region in everywhere:
        await region.ready()
    await eventually(lambda: all(held(region, key_id).present_epoch == (3, FIRST) for region in everywhere))
    await eventually(lambda: alike(key_id, *everywhere))
    for region in everywhere:
        assert [change.change for change in open_changes(region)] == overtaken
        assert {change.settled_in for change in open_changes(region)} == {FIRST}
    assert no_alarms(*everywhere)


async def test_two_hand_overs_of_one_count_are_put_on_one_ground_by_the_region_that_got_both() -> None:
    async with regions(*REGIONS) as made:
        first, second, forced = (made[name] for name in REGIONS)
        key_id = await handed_over(first, second, forced)
        await hand_over(second, key_id, first)
        await eventually(lambda: held(first, key_id).primary_region == FIRST)
        await first.stop()
        await second.stop()
        await promoted_and_handed_over(forced, key_id, first)
        first.start()
        second.start()
        overtaken = ["makes ap-southeast-2 the primary, by force", "makes us-east-1 the primary"]
        await all_agree(key_id, (first, second, forced), overtaken)


async def test_the_ground_of_which_it_heard_first_counts_though_it_is_that_of_a_promotion_by_force() -> None:
    async with regions(*REGIONS) as made:
        first, second, forced = (made[name] for name in REGIONS)
        key_id = await handed_over(first, second, forced)
        await first.stop()
        await hand_over(second, key_id, first)
        await second.stop()
        await promoted_and_handed_over(forced, key_id, first)
        first.start()
        await eventually(lambda: held(first, key_id).present_epoch == (2, FIRST))
        second.start()
        overtaken = ["makes eu-west-1 the primary", "makes us-east-1 the primary"]
        await all_agree(key_id, (first, second, forced), overtaken)


async def test_two_regions_that_force_at_once_agree_on_the_greater_name() -> None:
    async with regions(*REGIONS) as made:
        first, second, forced = (made[name] for name in REGIONS)
        key_id = await family(first, second, forced)
        await applied_replica(first, key_id, forced)
        for region in (first, second, forced):
            await region.stop()
        for region in (forced, second):
            region.start()
            await region.vouched()
            await promote(region, key_id)
            await region.stop()
        everywhere = (first, second, forced)
        for region in everywhere:
            region.start()
        for region in everywhere:
            await region.ready()
        await eventually(lambda: all(held(region, key_id).present_epoch == (1, SECOND) for region in everywhere))
        assert alike(key_id, *everywhere)
        assert no_alarms(*everywhere)
