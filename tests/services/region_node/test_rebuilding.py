"""A region that has lost everything is built anew from its peers, and nobody else passes for it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from services.region_node.operator_questions import Verb
from services.region_node.rebuild.beginning import begin_anew
from services.region_node.rebuild.rebuilding import MARK
from shared.keys.model import DISABLED
from tests.services.region_node.erasing_regions import ErasingRegion, erasing_regions, start
from tests.services.region_node.running_replicator import NOW, REGIONS, eventually

HOME, PEER, THIRD = REGIONS


async def asked(asked_one: ErasingRegion, verb: Verb, **arguments: Any) -> Any:
    return await asked_one.replicator._returning.answers[verb](**arguments)


async def readmit(region: ErasingRegion, lost: ErasingRegion, **chosen: bool) -> None:
    """As the operator of `region` does it; its replicator begins anew."""
    card = lost.settings.card_file.read_bytes().hex()
    flags = {"even_though_it_answers": True, "without_the_tail": False, **chosen}
    await asked(region, Verb.READMIT, region=lost.name, card=card, **flags)
    await eventually(lambda: region._task is not None and region._task.done())
    await region.stop()
    region.start(again=True)


def lose(region: ErasingRegion) -> bytes:
    """All that it has written. Its card, as its peers have it."""
    card = region.settings.card_file.read_bytes() if region.settings.card_file.exists() else region.keys.encoded_card
    shutil.rmtree(region.folder)
    return card


def begin(region: ErasingRegion, former: bytes) -> None:
    cards = {peer.region: b"" for peer in region.settings.peers}
    begin_anew(region.settings, former, cards, NOW)


@asynccontextmanager
async def three() -> AsyncIterator[tuple[ErasingRegion, ErasingRegion, ErasingRegion]]:
    async with erasing_regions(*REGIONS) as region:
        home, peer, third = (region[name] for name in REGIONS)
        await start(home, peer, third)
        yield home, peer, third


async def rebuilt(lost: ErasingRegion, *peers: ErasingRegion) -> None:
    former = lose(lost)
    begin_anew(lost.settings, former, {peer.name: peer.keys.encoded_card for peer in peers}, NOW)
    for peer in peers:
        await readmit(peer, lost)
    lost.start()
    for region in (*peers, lost):
        await region.ready()
    await eventually(lambda: not lost.replicator._homecoming.hindrance, 60)


async def test_a_replica_comes_back_disabled_and_opens_what_it_opened() -> None:
    async with three() as (home, peer, third):
        key = await home.create_key()
        await home.replicate(key, THIRD)
        await eventually(lambda: third.opened(key))
        secret = home.opened(key)
        await third.stop()
        await rebuilt(third, home, peer)
        came = third.key(key)
        assert came is not None
        assert came.state == DISABLED
        await eventually(lambda: third.opened(key) is not None)
        assert third.opened(key) == secret
        assert not (third.folder / MARK).exists()
        for region in (home, peer, third):
            assert await region.checked() == (), region.name
