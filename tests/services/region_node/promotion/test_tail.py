"""A promotion builds on all that any region which can be reached has of the lost one, whatever heartbeats have told."""

import asyncio
import shutil
from dataclasses import replace
from functools import partial

from services.region_node.operator.questions import Refused, Verb, ask
from services.region_node.pulses.settings import PulseSettings
from shared.keys.commands import EnableKeyRotation, KeyName
from shared.keys.decide_rotation import enable_key_rotation
from tests.services.region_node.peers.test_handing_on import cut_off_from
from tests.services.region_node.running_replicator import ACCOUNT, REGIONS, RunningRegion, eventually, regions

LOST, HERE, THIRD = REGIONS
BEATS = {LOST: 500, HERE: 500, THIRD: 20_000}
"""Milliseconds: what reaches the third region after its beat is in no heartbeat for long."""


async def promoted(region: RunningRegion, key_id: str) -> tuple[int, int, list[str]]:
    """Asked again while the lost region was heard a moment ago."""
    how = {"even_though_it_answers": False, "without_the_tail": False, "wait_seconds": 10}
    while True:
        try:
            epoch, number, unheard = await ask(region.settings, Verb.PROMOTE, account=ACCOUNT, key_id=key_id, **how)
        except Refused as refusal:
            if "was heard a moment ago" not in str(refusal):
                raise
            await asyncio.sleep(0.2)
        else:
            return epoch, number, list(unheard)


async def test_what_reached_another_region_after_its_heartbeat_is_built_on() -> None:
    async with regions(*REGIONS) as region:
        lost, here, third = (region[name] for name in REGIONS)
        for name, beat in BEATS.items():
            region[name].settings = replace(region[name].settings, pulses=PulseSettings(every_milliseconds=beat))
            region[name].start()
        for one in region.values():
            await one.ready()
        await lost.replicator._administration.accounts.create(ACCOUNT, "Team")
        key_id = await lost.create_key()
        await lost.replicate(key_id, HERE)
        await lost.replicate(key_id, THIRD)
        await eventually(lambda: here.opened(key_id) and third.opened(key_id))
        await here.stop()
        cut_off_from(here, LOST)
        here.start(again=True)
        await here.ready()
        heard = here.replicator._standing.pulses.heard
        await eventually(lambda: THIRD in heard and heard[THIRD].latest)
        command = EnableKeyRotation(KeyName(LOST, ACCOUNT, key_id), 90)
        assert (await lost.change(partial(enable_key_rotation, command))).verdict == "applied"
        await eventually(lambda: third.key(key_id).rotation)  # type: ignore[union-attr]
        await lost.stop()
        shutil.rmtree(lost.settings.directory)
        _, _, unheard = await promoted(here, key_id)
        key = here.key(key_id)
        assert key is not None
        assert (key.primary_region, key.rotation is not None, unheard) == (HERE, True, [])
        assert await here.replicator._own_work.promoting._overtaken.told() == []
