"""A node gets the domain keys that another node of its region has made."""

from collections.abc import Mapping, Sequence

from services.region_node.cabinet import MemoryCabinet, domain_file
from services.region_node.nodes.handover import Place
from services.region_node.nodes.lacking_keys import LackingKeys
from services.region_node.region_keys import RegionKeys
from shared.crypto.domain_keys import DomainKeys
from shared.secrets import Secret
from tests.services.region_node.erasing_regions import ErasingRegion, erasing_regions, start
from tests.services.region_node.running_replicator import PARTITIONS, REGIONS

HOME = REGIONS[0]


class Others:
    """The other nodes: they have what the region has, or `wrong` keys."""

    def __init__(self, keys: RegionKeys, *, wrong: bool = False) -> None:
        self._keys, self._wrong = keys, wrong
        self.asked: list[Place] = []

    async def fetch(self, places: Sequence[Place]) -> Mapping[Place, Secret]:
        self.asked += places
        held = self._keys.domain_keys.held()
        return {place: Secret(b"w" * 32) if self._wrong else held[place] for place in places}


def as_joined_before(keys: RegionKeys) -> RegionKeys:
    """The keys of a node that has those of the first epochs."""
    first = {place: key for place, key in keys.domain_keys.held().items() if place[1] == 1}
    return keys._replace(domain_keys=DomainKeys(first), cabinet=MemoryCabinet({}))


async def advanced(region: ErasingRegion) -> None:
    """Something is destroyed, and its bucket advances."""
    await start(region)
    await region.end(await region.create_key())
    await region.advance()


async def test_a_key_that_another_node_has_made_is_asked_for_and_kept() -> None:
    async with erasing_regions(HOME) as region:
        await advanced(region[HOME])
        keys, others = as_joined_before(region[HOME].keys), Others(region[HOME].keys)
        lacking = LackingKeys(PARTITIONS, region[HOME].replicator._store, keys, others.fetch)
        await lacking.run()
        assert others.asked
        for place in others.asked:
            held = keys.domain_keys.held()[place]
            assert held.reveal() == region[HOME].keys.domain_keys.held()[place].reveal()
            assert keys.cabinet.open(domain_file(*place)).reveal() == held.reveal()
        others.asked.clear()
        await lacking.run()
        assert others.asked == []


async def test_a_key_that_is_not_the_one_of_the_log_is_not_taken() -> None:
    async with erasing_regions(HOME) as region:
        await advanced(region[HOME])
        keys, others = as_joined_before(region[HOME].keys), Others(region[HOME].keys, wrong=True)
        await LackingKeys(PARTITIONS, region[HOME].replicator._store, keys, others.fetch).run()
        assert others.asked
        assert not any(keys.domain_keys.holds(*place) for place in others.asked)
