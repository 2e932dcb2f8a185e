"""A region among its peers: a card that comes later counts from the next round on."""

from dataclasses import replace
from typing import Any

import pytest

from replication.sharing.publication import shared_log
from services.region_node.peers.federation import Federation, placed_cards
from tests.services.region_node.running_replicator import KEYS, NOW, REGIONS, RunningRegion, eventually, regions

HOME, PEER, _ = REGIONS


async def round_of(region: RunningRegion) -> None:
    """What the timers do every minute."""
    replicator = region.replicator
    await replicator._federation.admit(replicator._partitions)


async def test_a_card_that_is_placed_later_is_taken_up_without_a_restart() -> None:
    async with regions(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        for one, other in ((home, PEER), (peer, HOME)):
            one.settings.peer_card_file(other).unlink()
            one.start()
        for one, other in ((home, PEER), (peer, HOME)):
            await one.ready()
            assert "no card of" in str(one.told["troubles"])
            one.settings.peer_card_file(other).write_bytes(KEYS[other].encoded_card)
        key_id = await home.create_key()
        for one in (home, peer):
            await round_of(one)
            await round_of(one)
        assert shared_log(PEER) not in home.told["troubles"]  # type: ignore[operator]
        await home.replicate(key_id, PEER)
        await eventually(lambda: peer.opened(key_id))
        assert len(home.replicator._partitions[0].mirrors) == 1
        assert [one.told["counters"] for one in (home, peer)] == [{}, {}]


@pytest.mark.parametrize("joined", [False, True])
async def test_a_node_that_has_joined_asks_nobody_before_its_log_says_whom(joined: bool) -> None:
    async with regions(HOME, PEER) as region:
        home = region[HOME]

        def ignored(*_: Any) -> Any: ...

        settings = replace(home.settings, joined=joined)
        cards: Any = dict
        one = Federation(settings, home.keys, cards, ignored, ignored, ignored, ignored, lambda: NOW, ignored)
        assert set(one.known_cards()) == (set() if joined else {PEER})


async def test_only_cards_of_peers_that_the_settings_name_are_read() -> None:
    async with regions(HOME, PEER) as region:
        settings = region[HOME].settings
        (settings.directory / "peers" / "sa-east-1.card").write_bytes(b"a stranger")
        assert placed_cards(settings) == {PEER: KEYS[PEER].encoded_card}
