"""A region is given its key by two primaries, has heard of one, and lets go: all agree that it has the key no more."""

from itertools import permutations

import pytest

from shared.keys.history import knows_to_have, regions_of
from shared.keys.specs import AWS_KMS
from tests.shared.keys.key_network import REGIONS, Network, Region, go, promote, replicate

Order = tuple[tuple[int, int], ...]
HEARS: Order = ((0, 1), (0, 2), (1, 0), (1, 2), (2, 1))
"""Who hears whom at last: the lost primary, the promoted one, and the region that both gave the key to."""


def hear(network: Network, region: Region, *others: Region) -> None:
    for other in others:
        while network.adopt(region, other):
            pass


def given_twice() -> tuple[Network, list[Region]]:
    """The third region was let go by all; the first, then cut off, gave it the key; so did the second, once promoted;
    and the third, which has not heard the last, let go again.
    """
    network = Network(AWS_KMS)
    lost, promoted, third = regions = [network.regions[name] for name in REGIONS]
    go(network, third)
    hear(network, lost, third)
    hear(network, promoted, third)
    replicate(network, lost)
    hear(network, third, lost)
    promote(network, promoted)
    hear(network, third, promoted)
    replicate(network, promoted)
    go(network, third)
    assert [len(region.said) for region in regions] == [1, 2, 2]
    return network, regions


@pytest.mark.parametrize("order", [*permutations(HEARS)])
def test_a_gift_of_which_a_region_had_not_heard_ends_with_its_replica_in_whatever_order(order: Order) -> None:
    network, regions = given_twice()
    for _ in HEARS:  # what rests on others waits for them
        for hearing, heard in order:
            hear(network, regions[hearing], regions[heard])
    _, promoted, third = regions
    assert {regions_of(region.short) for region in regions} == {(REGIONS[0], REGIONS[1])}
    assert not third.short.held_here
    all_of_it = {REGIONS[0]: 1, REGIONS[1]: 2}  # by now; it may be turned against the others, and speak on
    assert not any(knows_to_have(region.short, REGIONS[2], all_of_it) for region in regions)
    replicate(network, promoted)
    for region in regions:
        hear(network, region, promoted)
    assert {regions_of(region.short) for region in regions} == {tuple(sorted(REGIONS))}
    assert third.short.held_here
