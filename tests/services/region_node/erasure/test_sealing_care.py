"""The exchange of a sealing key: when it is due, how long the old one is kept, and what a crash leaves."""

import asyncio
from collections.abc import Callable

from services.clock import now_milliseconds
from services.region_node.erasure.fresh_keys import FreshKeys
from services.region_node.erasure.known_keys import KnownKeys
from services.region_node.erasure.sealing_care import DAY, SealingCare
from services.region_node.erasure.settings import ErasureSettings
from services.region_node.keys.cabinet import sealing_file
from services.region_node.keys.key_files import open_region_keys
from shared.crypto.region_card import decode_card
from shared.crypto.sealing import SealingKey
from tests.services.region_node.erasing_regions import ROOT, ErasingRegion, erasing_regions, start
from tests.services.region_node.nodes.own_copy import OwnCopy
from tests.services.region_node.running_replicator import PARTITIONS, REGIONS, eventually

HOME, PEER, _ = REGIONS
MONTHLY = ErasureSettings()


def care_of(
    region: ErasingRegion, settings: ErasureSettings = MONTHLY, now: Callable[[], int] = now_milliseconds
) -> SealingCare:
    """As a new process makes it: from the disk, the state and what is heard."""
    erasure = region.replicator._own_work.erasure
    keys = open_region_keys(region.settings.keys_directory, region.name, ROOT)
    known = KnownKeys(region.name, PARTITIONS, keys.domain_keys.buckets, region.replicator._store)
    return SealingCare(
        erasure._sealing._place._replace(now=now),
        settings,
        keys,
        FreshKeys(keys, known),
        OwnCopy("node-1"),
        region.vault.peer_regions,
        lambda: region.replicator._standing.pulses.heard,
        region.settings.card_file,
    )


def held(region: ErasingRegion) -> list[str]:
    names = open_region_keys(region.settings.keys_directory, region.name, ROOT).cabinet.names()
    return [name for name in names if name.startswith("sealing.")]


async def ended(region: ErasingRegion) -> None:
    """Something goes that a peer may have sealed."""
    await region.end(await region.create_key())


async def test_a_sealing_key_is_exchanged_when_something_was_destroyed_and_at_most_monthly() -> None:
    async with erasing_regions(HOME, settings=MONTHLY) as region:
        home = region[HOME]
        await start(home)
        await care_of(home).run()
        assert held(home) == [sealing_file(1)], "nothing was destroyed"
        await ended(home)
        await care_of(home).run()
        assert held(home) == [sealing_file(1), sealing_file(2)]
        assert decode_card(home.settings.card_file.read_bytes()).sealing_number == 2
        await ended(home)
        await care_of(home).run()
        assert sealing_file(3) not in held(home), "the month is not over"
        await care_of(home).run(at_once=True)
        assert sealing_file(3) in held(home), "an operator does not wait"


async def test_an_old_sealing_key_is_kept_for_what_is_on_its_way() -> None:
    async with erasing_regions(HOME, PEER, settings=MONTHLY) as region:
        home, peer = region[HOME], region[PEER]
        await start(home, peer)
        await ended(home)
        clock = now_milliseconds()
        care = care_of(home, now=lambda: clock)
        await care.run()
        async with asyncio.timeout(30):
            while care._quiet_since is None:
                await asyncio.sleep(0.2)
                await care.run()
        clock += 3_599_000
        await care.run()
        assert held(home) == [sealing_file(1), sealing_file(2)]
        clock += 1_000
        await care.run()
        assert held(home) == [sealing_file(2)]
        await eventually(lambda: peer.vault._cards()[HOME].sealing_number == 2)


async def test_a_peer_that_is_away_keeps_an_old_sealing_key_for_a_month_and_no_longer() -> None:
    async with erasing_regions(HOME, PEER, settings=MONTHLY) as region:
        home = region[HOME]
        home.start()
        await home.vouched()
        await eventually(lambda: PEER in home.vault.peer_regions())
        await ended(home)
        began = now_milliseconds()
        await care_of(home).run()
        for days, still in ((29, True), (31, False)):
            care = care_of(home, MONTHLY, lambda days=days: began + days * DAY)  # type: ignore[misc]
            await care.run()
            assert (sealing_file(1) in held(home)) is still


async def test_a_key_that_was_kept_before_a_crash_is_the_one_that_is_announced() -> None:
    async with erasing_regions(HOME, settings=MONTHLY) as region:
        home = region[HOME]
        await start(home)
        made = SealingKey.generate()
        await ended(home)
        keys = open_region_keys(home.settings.keys_directory, HOME, ROOT)
        known = KnownKeys(HOME, PARTITIONS, keys.domain_keys.buckets, home.replicator._store)
        FreshKeys(keys, known).keep(sealing_file(2), made.seed)
        await care_of(home).run()
        card = decode_card(home.settings.card_file.read_bytes())
        assert (card.sealing_number, card.sealing_public) == (2, made.public_bytes())
