"""A node gets the keys that another node of its region has made."""

from collections.abc import Iterable, Mapping

import pytest

from services.region_node.erasure.fresh_keys import FreshKeys
from services.region_node.erasure.known_keys import KnownKeys
from services.region_node.keys.cabinet import MemoryCabinet, domain_file, sealing_file
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.nodes.lacking_keys import LackingKeys
from shared.crypto.domain_keys import DomainKeys, fingerprint
from shared.crypto.sealing import SealingKey
from shared.crypto.sealing_keys import SealingKeys
from shared.erasure.events import EpochOpened
from shared.secrets import Secret
from tests.services.region_node.erasing_regions import ErasingRegion, erasing_regions, start
from tests.services.region_node.nodes.own_copy import OwnCopy
from tests.services.region_node.running_replicator import PARTITIONS, REGIONS

HOME = REGIONS[0]


class Others(OwnCopy):
    """The other nodes: they have what the region has, or `wrong` keys of some names."""

    def __init__(self, keys: RegionKeys, wrong: Iterable[str] = ()) -> None:
        super().__init__("node-2")
        self._keys, self._wrong = keys, frozenset(wrong)
        self.asked: list[str] = []

    async def fetch(self, names: Mapping[str, bytes]) -> dict[str, Secret]:
        self.asked += names
        wrong = {name: other_key(name) for name in self._wrong}
        return {name: wrong.get(name) or self._keys.cabinet.open(name) for name in names}


def other_key(name: str) -> Secret:
    return SealingKey.generate().seed if name.startswith("sealing") else Secret(b"w" * 32)


class Returning:
    """A node that has the keys of the first epochs, and was away since."""

    def __init__(self, region: ErasingRegion, *wrong: str) -> None:
        cabinet = region.keys.cabinet
        kept = {*cabinet.names()}
        first = {name: cabinet.open(name) if name in kept else other_key(name) for name in FIRST}
        domain = {(bucket, 1): first[domain_file(bucket, 1)] for bucket in BUCKETS}
        sealing = SealingKeys({1: SealingKey(first[sealing_file(1)])})
        self.cabinet = MemoryCabinet(first)
        self.keys = region.keys._replace(domain_keys=DomainKeys(domain), sealing_keys=sealing, cabinet=self.cabinet)
        known = KnownKeys(HOME, PARTITIONS, region.keys.domain_keys.buckets, region.replicator._store)
        self.others = Others(region.keys, wrong)
        self.lacking = LackingKeys(self.cabinet, known, FreshKeys(self.keys, known), self.others)


BUCKETS = range(34)
FIRST = (*(domain_file(bucket, 1) for bucket in BUCKETS), sealing_file(1))


async def advanced(region: ErasingRegion, times: int = 1) -> None:
    """Something is destroyed, and its bucket and the sealing key advance; with `times` before any epoch is closed."""
    await start(region)
    for _ in range(times):
        await region.end(await region.create_key())
        await region.advance()


async def test_keys_that_another_node_has_made_are_asked_for_and_kept() -> None:
    async with erasing_regions(HOME) as region:
        await advanced(region[HOME])
        node = Returning(region[HOME])
        await node.lacking.run()
        assert {name.partition(".")[0] for name in node.others.asked} == {"domain", "sealing"}
        for name in node.others.asked:
            assert node.cabinet.open(name) == region[HOME].keys.cabinet.open(name)
        assert node.keys.domain_keys.held().items() >= region[HOME].keys.domain_keys.held().items()
        assert max(node.keys.sealing_keys) == 2
        assert not node.lacking.any
        node.others.asked.clear()
        await node.lacking.run()
        assert node.others.asked == []


@pytest.mark.parametrize("kind", ["domain", "sealing"])
async def test_a_key_that_is_not_the_one_of_the_log_is_not_taken(kind: str) -> None:
    async with erasing_regions(HOME) as region:
        await advanced(region[HOME])
        names = [name for name in region[HOME].keys.cabinet.names() if name not in FIRST and name.startswith(kind)]
        assert names
        node = Returning(region[HOME], *names)
        await node.lacking.run()
        assert {*names} <= {*node.others.asked}
        assert {*names}.isdisjoint(node.cabinet.names())
        assert node.lacking.any


async def test_the_key_of_an_earlier_epoch_that_is_still_open_is_held_against_the_log_as_well() -> None:
    """A frozen stream keeps it open: what a later version has written there is read after the upgrade."""
    async with erasing_regions(HOME) as region:
        home = region[HOME]
        await start(home)
        bucket = PARTITIONS
        place = home.replicator._own_work.erasure._domains._place
        keys = {epoch: Secret(bytes([epoch]) * 32) for epoch in (2, 3)}
        for epoch, key in keys.items():
            home.keys.cabinet.add(domain_file(bucket, epoch), key)
            assert await place.record(0, [EpochOpened(bucket, epoch, fingerprint(bucket, epoch, key))])
        wrong = Returning(home, domain_file(bucket, 2))
        await wrong.lacking.run()
        assert domain_file(bucket, 2) in wrong.others.asked
        assert domain_file(bucket, 2) not in wrong.cabinet.names()
        assert wrong.cabinet.open(domain_file(bucket, 3)) == keys[3]
        right = Returning(home)
        await right.lacking.run()
        assert right.cabinet.open(domain_file(bucket, 2)) == keys[2]
