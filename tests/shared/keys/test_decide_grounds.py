"""Two hand-overs of one count to one region: the smallest case, and whatever else three regions may do about it."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import events as e
from shared.keys.decide_grounds import has_two_grounds
from shared.keys.history import overtaken, regions_of
from shared.keys.whole import encode_whole
from tests.shared.keys.examples import ACCOUNT, MULTI_REGION_KEY_ID
from tests.shared.keys.key_network import REGIONS, Network, Region, promote, rotate, switch

FIRST, SECOND, THIRD = REGIONS


def hand_over(network: Network, region: Region, to: str) -> None:
    key = region.short
    assert key.primary_region == region.name
    whole = encode_whole(key, regions_of(key))
    network.say(region, e.PrimaryRegionUpdated(ACCOUNT, MULTI_REGION_KEY_ID, to, key.epoch + 1, whole))


def settle_grounds(network: Network, region: Region) -> None:
    key = region.short
    if has_two_grounds(key, region.name):
        whole, said = encode_whole(key, regions_of(key)), len(region.said)
        promoted = e.KeyPromoted(
            ACCOUNT, MULTI_REGION_KEY_ID, region.name, key.epoch + 1, region.name, said, bytes(32), whole
        )
        network.say(region, promoted, (key.epoch + 1, region.name))


def at_rest(network: Network) -> None:
    """All have adopted all."""
    while any(network.adopt(one, other) for one, other in permutations(network.regions.values(), 2)):
        pass


def alike(network: Network) -> bool:
    shown = [
        (
            key.present_epoch,
            key.chain,
            key.replica_regions,
            [m._replace(wrapped=None, given_to=()) for m in key.materials],
            {(change.origin, change.number) for change in overtaken(key)},
        )
        for key in (region.whole for region in network.regions.values())
    ]
    return all(one == shown[0] for one in shown)


def two_grounds() -> Network:
    """The first hands over to the second while the third is promoted; both rotate, and hand over to the first."""
    network = Network("AWS_KMS")
    first, second, third = network.regions.values()
    hand_over(network, first, SECOND)
    network.adopt(second, first)
    promote(network, third)
    for leader in (second, third):
        rotate(network, leader)
        switch(network, leader)
        hand_over(network, leader, FIRST)
    return network


@pytest.mark.parametrize("order", [*permutations(REGIONS)])
@pytest.mark.parametrize("speaks", [False, True])
def test_the_region_that_was_handed_the_key_twice_says_which_line_counts(order: tuple[str, ...], speaks: bool) -> None:
    network = two_grounds()
    first = network.regions[FIRST]
    for name in order:
        while name != FIRST and network.adopt(first, network.regions[name]):
            pass
        if speaks:
            rotate(network, first)
    at_rest(network)
    assert not alike(network)
    settle_grounds(network, first)
    at_rest(network)
    assert alike(network)
    assert first.short.present_epoch == (3, FIRST)
    assert overtaken(first.short)
    materials = {m.material_id for m in first.short.materials}
    for region in network.regions.values():
        born = {m.material_id for record in region.said for m in e.materials_of(record.event)}
        assert born <= materials, "what may have encrypted anything is kept"
        settle_grounds(network, region)
    assert first.short.present_epoch == (3, FIRST), "once"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(REGIONS),
        st.sampled_from((promote, rotate, switch, settle_grounds, *REGIONS, *REGIONS, "hand", "hand")),
        st.sampled_from(REGIONS),
    ),
    max_size=40,
)


@given(STEPS)
def test_regions_come_to_agree_whoever_is_handed_the_key(steps: list[tuple[str, object, str]]) -> None:
    network = Network("AWS_KMS")
    for name, step, other in steps:
        region = network.regions[name]
        if step == "hand":
            if region.short.primary_region == name and other in region.short.replica_regions:
                hand_over(network, region, other)
        elif isinstance(step, str):
            if step != name:
                network.adopt(region, network.regions[step])
        else:
            assert callable(step)
            step(network, region)
    for _ in range(4):
        at_rest(network)
        for region in network.regions.values():
            settle_grounds(network, region)
    at_rest(network)
    assert alike(network)
