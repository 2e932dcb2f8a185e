"""A restored region that has not come home readmits nobody yet: its word on that is one that it shares."""

import pytest

from services.region_node.operator.questions import Verb
from shared.crypto.region_identity import RegionIdentity
from shared.errors import DependencyTimeout
from tests.services.region_node.erasing_regions import erasing_regions, start
from tests.services.region_node.rebuild.archived_region import archived, put_back
from tests.services.region_node.running_replicator import REGIONS, eventually
from tests.shared.rebuild.cards import card_of

HOME, PEER, THIRD = REGIONS


async def test_a_region_that_has_not_come_home_gives_none_of_its_numbers_to_a_readmission() -> None:
    async with erasing_regions(*REGIONS) as region:
        home, peer, third = (region[name] for name in REGIONS)
        await start(home, peer, third)
        await archived(home)
        keys = [await home.create_key() for _ in range(3)]
        await eventually(lambda: all(map(peer.key, keys)))
        await third.stop()
        await put_back(home, peer)
        home.start()
        home.replicator._homecoming._carriers = {}
        await home.ready()
        await eventually(lambda: home.vault.peer_regions() >= {PEER, THIRD})
        before = home.shared_numbers()
        card = card_of(THIRD, RegionIdentity.generate(), 1_001).hex()
        readmit = home.replicator._returning.answers[Verb.READMIT]
        with pytest.raises(DependencyTimeout, match="restored"):
            await readmit(region=THIRD, card=card, even_though_it_answers=True, without_the_tail=True)
        assert home.shared_numbers() == before
