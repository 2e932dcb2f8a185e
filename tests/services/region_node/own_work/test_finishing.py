"""New material encrypts once the regions of its key have said that they have it, or after the time allowed for that."""

from dataclasses import replace
from functools import partial

import pytest

from replication.state.view import SnapshotView
from services.region_node.changes.fresh_material import fresh_material
from services.region_node.own_work.finishing import Found, command_id
from services.region_node.own_work.settings import RotationSettings
from services.region_node.pulses.settings import PulseSettings
from services.strict_settings import SettingsError
from shared.decision import Decision
from shared.keys.commands import KeyName, RotateKeyOnDemand, UpdatePrimaryRegion
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_rotation import rotatable, rotate_on_demand
from shared.keys.model import Key, RotationUnderWay
from tests.services.region_node.running_replicator import ACCOUNT, NOW, REGIONS, RunningRegion, eventually, regions

HOME, PEER, THIRD = REGIONS


async def family(made: dict[str, RunningRegion], *replicas: str) -> str:
    for region in made.values():
        region.settings = replace(region.settings, pulses=PulseSettings(every_milliseconds=50))
        region.start()
    for region in made.values():
        await region.ready()
    key_id = await made[HOME].create_key()
    for replica in replicas:
        await made[HOME].replicate(key_id, replica)
        await eventually(partial(made[replica].opened, key_id))
    return key_id


async def becomes_current(region: RunningRegion, key_id: str, material_id: str) -> None:
    await eventually(lambda: current(region, key_id) == material_id)


async def rotate(region: RunningRegion, key_id: str) -> str:
    """Begin a rotation; returns the id of the new material."""
    command = RotateKeyOnDemand(KeyName(region.name, ACCOUNT, key_id), NOW)

    def decision(view: SnapshotView) -> Decision:
        return rotate_on_demand(command, view, fresh_material(region.vault, rotatable(command, view), NOW))

    answer = await region.change(decision)
    assert answer.verdict == "applied"
    return held(region, key_id).materials[-1].material_id


def held(region: RunningRegion, key_id: str) -> Key:
    key = region.key(key_id)
    assert isinstance(key, Key)
    return key


def current(region: RunningRegion, key_id: str) -> str:
    return held(region, key_id).current_material.material_id


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.region_node.own_work.rounds.SOON_SECONDS", 0.02)


async def test_material_is_current_in_all_regions_soon_after_all_have_it() -> None:
    async with regions(*REGIONS) as made:
        key_id = await family(made, PEER, THIRD)
        material_id = await rotate(made[HOME], key_id)
        for region in made.values():
            await becomes_current(region, key_id, material_id)
            assert held(region, key_id).under_way is None
        secrets = [region.opened(key_id) for region in made.values()]
        assert secrets[0] is not None
        assert secrets[0] == secrets[1] == secrets[2]


async def test_a_region_that_is_away_is_waited_for_until_it_is_back() -> None:
    async with regions(HOME, PEER) as made:
        key_id = await family(made, PEER)
        first = current(made[HOME], key_id)
        await made[PEER].stop()
        material_id = await rotate(made[HOME], key_id)
        finishing = made[HOME].replicator._own_work.finishing
        await eventually(lambda: finishing._numbers)
        await finishing.run()
        assert current(made[HOME], key_id) == first
        made[PEER].start()
        await eventually(lambda: current(made[HOME], key_id) == material_id)


async def test_after_the_time_allowed_the_record_says_who_was_not_heard(caplog: pytest.LogCaptureFixture) -> None:
    async with regions(HOME, PEER) as made:
        key_id = await family(made, PEER)
        await made[PEER].stop()
        material_id = await rotate(made[HOME], key_id)
        finishing = made[HOME].replicator._own_work.finishing
        under_way = held(made[HOME], key_id).under_way
        assert under_way is not None
        end = under_way.started_at + 600_000
        finishing._now = lambda: end - 1
        await finishing.run()
        assert current(made[HOME], key_id) != material_id
        finishing._now = lambda: end
        await finishing.run()
        assert current(made[HOME], key_id) == material_id
        assert "not every region is known to have it" in caplog.text
        assert {getattr(record, "unconfirmed", None) for record in caplog.records} == {None, (PEER,)}
        made[PEER].start()
        await eventually(lambda: current(made[PEER], key_id) == material_id)


async def test_what_is_shared_later_is_not_waited_for() -> None:
    """Else a key of a busy account would wait for ever."""
    async with regions(HOME, PEER) as made:
        key_id = await family(made, PEER)
        await made[PEER].stop()
        await rotate(made[HOME], key_id)
        finishing = made[HOME].replicator._own_work.finishing
        await eventually(lambda: finishing._numbers)
        before = dict(finishing._numbers)
        await made[HOME].create_key()
        await finishing.run()
        assert finishing._numbers == before


async def test_the_new_primary_goes_on_after_a_hand_over() -> None:
    async with regions(*REGIONS) as made:
        key_id = await family(made, PEER, THIRD)
        await made[THIRD].stop()
        material_id = await rotate(made[HOME], key_id)
        hand_over = UpdatePrimaryRegion(KeyName(HOME, ACCOUNT, key_id), PEER)
        await made[HOME].change(lambda view: update_primary_region(hand_over, view))
        await eventually(lambda: held(made[PEER], key_id).primary_region == PEER)
        assert current(made[PEER], key_id) != material_id
        made[THIRD].start()
        for region in made.values():
            await becomes_current(region, key_id, material_id)


async def test_a_restart_goes_on_waiting_and_ends() -> None:
    async with regions(HOME, PEER) as made:
        key_id = await family(made, PEER)
        await made[PEER].stop()
        material_id = await rotate(made[HOME], key_id)
        await made[HOME].stop()
        for region in made.values():
            region.start()
        for region in made.values():
            await becomes_current(region, key_id, material_id)


def test_command_ids_follow_from_key_and_material() -> None:
    found = Found(KeyName(HOME, ACCOUNT, "k"), 0, RotationUnderWay("ab" * 32, "AUTOMATIC", 5, HOME))
    others = [
        found._replace(name=KeyName(HOME, ACCOUNT, "l")),
        found._replace(rotation=found.rotation._replace(material_id="cd" * 32)),
    ]
    assert command_id(found) == command_id(found._replace(partition=1))
    assert len({command_id(each) for each in (found, *others)}) == 3


@pytest.mark.parametrize("seconds", [-1, 86_401])
def test_a_time_that_cannot_be_is_refused(seconds: int) -> None:
    with pytest.raises(SettingsError):
        RotationSettings(seconds)


def test_the_default_is_ten_minutes() -> None:
    assert RotationSettings().confirm_seconds == 600
