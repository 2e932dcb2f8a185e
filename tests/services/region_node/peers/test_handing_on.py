"""Handing on between running regions: what a lost region had given to anybody reaches everybody."""

import shutil
from dataclasses import replace

from services.region_node.pulses.settings import PulseSettings
from services.region_node.settings.settings import Address
from shared.keys.model import Key
from tests.services.region_node.running_replicator import (
    REGIONS,
    RunningRegion,
    eventually,
    free_ports,
    regions,
)

LOST, CARRIER, LAST = REGIONS


def quick(region: RunningRegion) -> None:
    region.settings = replace(region.settings, pulses=PulseSettings(every_milliseconds=100))


def cut_off_from(region: RunningRegion, peer: str) -> None:
    """`region` looks for the feed of `peer` where nobody is."""
    (port,) = free_ports(1)
    nowhere = Address("127.0.0.1", port)
    peers = [replace(one, feed=nowhere) if one.region == peer else one for one in region.settings.peers]
    region.settings = replace(region.settings, peers=tuple(peers))


def is_replica_of(key: Key | None, region: str) -> bool:
    return key is not None and region in key.replica_regions


async def test_what_a_lost_region_had_given_to_one_reaches_the_other() -> None:
    async with regions(*REGIONS) as region:
        cut_off_from(region[LAST], LOST)
        for one in region.values():
            quick(one)
            one.start()
        for one in region.values():
            await one.ready()
        key_id = await region[LOST].create_key()
        await region[LOST].replicate(key_id, LAST)
        secret = region[LOST].opened(key_id)
        await eventually(lambda: is_replica_of(region[CARRIER].key(key_id), LAST))
        await region[LOST].stop()
        shutil.rmtree(region[LOST].settings.directory)
        await eventually(lambda: region[LAST].opened(key_id))
        opened = region[LAST].opened(key_id)
        assert opened is not None
        assert secret is not None
        assert opened.reveal() == secret.reveal()
        assert [region[name].told["counters"] for name in (CARRIER, LAST)] == [{}, {}]


async def test_what_a_region_says_is_heard_at_second_hand_where_it_is_cut_off() -> None:
    async with regions(*REGIONS) as region:
        cut_off_from(region[LAST], LOST)
        for one in region.values():
            quick(one)
            one.start()
        for one in region.values():
            await one.ready()
        pulses = region[LAST].replicator._standing.pulses
        await eventually(lambda: LOST in pulses.heard and pulses.lag()[LOST].get("seconds_behind", 99) < 2)
        first = pulses.heard[LOST].latest
        await eventually(lambda: pulses.heard[LOST].latest != first)
        await region[LOST].stop()
        await eventually(lambda: pulses.silence(LOST) > 3_000)
        assert pulses.lag()[LOST]["seconds_behind"] >= 3
        assert region[LAST].told["counters"] == {}
