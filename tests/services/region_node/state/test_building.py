"""A region serves no state that is not whole: what was acknowledged binds, whatever was lost."""

import asyncio
import shutil

import pytest

from replication.state.served_state import ServedState
from replication.state.state_store import ADAPTER, BUILT
from replication.writing.author import PartitionAuthor
from services.region_node.state import folding_ahead, own_state
from services.region_node.state.building import Building
from shared.errors import DependencyTimeout
from shared.keys import decide
from shared.keys.commands import KeyName, SetKeyEnabled
from tests.replication.folding import Folding
from tests.replication.written_log import WrittenLog, created, described
from tests.services.region_node.running_replicator import (
    ACCOUNT,
    PARTITIONS,
    REGIONS,
    RunningRegion,
    eventually,
    regions,
)

HOME = REGIONS[0]


class Gate:
    """Holds up every catching up until it is opened, as a long log does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened = asyncio.Event()
        catch_up = PartitionAuthor.catch_up

        async def later(author: PartitionAuthor, end: int) -> None:
            await self.opened.wait()
            await catch_up(author, end)

        monkeypatch.setattr(PartitionAuthor, "catch_up", later)


def state_of(region: RunningRegion, key_id: str) -> str | None:
    """The key's state as a request finds it."""
    with region.replicator._store.read() as snapshot:
        key = ServedState(PARTITIONS).view(snapshot).key(ACCOUNT, key_id)
    return None if key is None else key.state


async def disabled_key(region: RunningRegion) -> str:
    region.start()
    await region.ready()
    key_id = await region.create_key(multi_region=False)
    command = SetKeyEnabled(KeyName(HOME, ACCOUNT, key_id), enabled=False)
    await region.change(lambda view: decide.set_key_enabled(command, view))
    assert state_of(region, key_id) == "Disabled"
    await region.stop()
    return key_id


async def test_a_long_log_is_folded_ahead_and_whole_before_it_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    async with regions(HOME) as region:
        home = region[HOME]
        key_id = await disabled_key(home)
        shutil.rmtree(home.settings.state_directory)
        monkeypatch.setattr(folding_ahead, "LONG_ENTRIES", 1)
        left, catch_up = list[int](), PartitionAuthor.catch_up

        async def watched(author: PartitionAuthor, end: int) -> None:
            left.append(end - home.replicator._materializer.position(author.partition))
            await catch_up(author, end)

        monkeypatch.setattr(PartitionAuthor, "catch_up", watched)
        home.start()
        await home.ready()
        assert left == [0] * PARTITIONS
        assert state_of(home, key_id) == "Disabled"
        assert home.replicator._store.syncs


async def test_a_lost_state_is_not_served_before_it_is_whole_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with regions(HOME) as region:
        home = region[HOME]
        key_id = await disabled_key(home)
        shutil.rmtree(home.settings.state_directory)
        gate = Gate(monkeypatch)
        for _ in range(2):  # a restart in the middle does not help either
            home.start()
            await eventually(lambda: "is being caught up" in home.reason)
            with pytest.raises(DependencyTimeout):
                state_of(home, key_id)
            assert not home.replicator._store.syncs
            await home.stop()
        home.start()
        gate.opened.set()
        await home.ready()
        assert state_of(home, key_id) == "Disabled"
        assert home.replicator._store.syncs


async def test_a_state_of_another_version_is_not_served_before_it_is_built_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with regions(HOME) as region:
        home = region[HOME]
        key_id = await disabled_key(home)
        gate = Gate(monkeypatch)
        monkeypatch.setattr(own_state, "STATE_VERSION", 999)
        home.start()
        with pytest.raises(DependencyTimeout):
            state_of(home, key_id)
        gate.opened.set()
        await home.ready()
        assert state_of(home, key_id) == "Disabled"


async def test_a_restart_serves_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was acknowledged had been committed to the state before."""
    async with regions(HOME) as region:
        home = region[HOME]
        key_id = await disabled_key(home)
        Gate(monkeypatch)
        home.start()
        assert state_of(home, key_id) == "Disabled"
        await eventually(lambda: "is being caught up" in home.reason)
        assert home.replicator._store.syncs


def test_a_partition_that_waits_for_a_missing_record_is_not_whole() -> None:
    log, folding = WrittenLog(), Folding()
    log.open()
    log.write(created(1))
    log.write(described(1, "text"))
    building = Building(folding.store, folding.materializer)
    building.expect({0: 2, 1: 0})
    building.look(1)
    folding.apply(log.records[0], log.records[2])
    building.look(0)
    assert marked(folding) == b"\0\1"
    folding.apply(log.records[1])
    building.look(0)
    assert marked(folding) == b"\0\0\0\1"


def test_the_first_marks_come_together_unless_something_is_away() -> None:
    log, folding = WrittenLog(), Folding()
    log.open()
    building = Building(folding.store, folding.materializer)
    building.expect({0: 1, 1: 0, 2: 1})
    building.look(1)
    folding.apply(log.records[0])
    building.look(0)
    assert marked(folding) is None
    building.mark()
    assert marked(folding) == b"\0\0\0\1"


def test_a_partition_that_is_whole_later_is_marked_without_the_others() -> None:
    log, folding = WrittenLog(), Folding()
    log.open()
    building = Building(folding.store, folding.materializer)
    building.expect({1: 0})
    building.look(1)
    building.expect({0: 1, 1: 0, 2: 1})
    folding.apply(log.records[0])
    building.look(0)
    assert marked(folding) == b"\0\0\0\1"


def marked(folding: Folding) -> bytes | None:
    with folding.store.read() as snapshot:
        return snapshot.get(ADAPTER, BUILT)
