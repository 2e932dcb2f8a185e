"""A node that is older than its region's log stands still and names it; it does not end, and an upgrade mends it."""

import shutil

import msgpack
import pytest
from msgspec.structs import replace

from replication.fold import applying
from replication.fold.judge import Verdict
from replication.records import adopted
from replication.records.record import Envelope
from replication.writing import author as author_module
from replication.writing.author import PartitionAuthor
from replication.writing.draft import UNAVAILABLE, Draft
from replication.writing.serving_lease import ALONE
from services.region_node.nodes.lease_file import LeaseFile
from services.region_node.state import outdated as own_version
from services.region_node.state import own_state
from services.region_node.state.outdated import OwnVersion
from shared import event_codec
from shared.errors import KeyUnavailable
from shared.events import EVENTS
from shared.identifiers import key_stream, partition_of
from tests.services.region_node.running_replicator import ACCOUNT, PARTITIONS, RunningRegion, eventually, regions

HOME = "us-east-1"
PARTITION = partition_of(ACCOUNT, PARTITIONS)
LATER_KIND = 999


async def written_by_a_later_version(region: RunningRegion, key_id: str, least_reader: int, kind: int) -> str:
    """What another node of the region might write that was upgraded first. The verdict of this one."""
    make = PartitionAuthor._envelope

    def made(author: PartitionAuthor, draft: Draft, number: int, previous: bytes) -> Envelope:
        return replace(make(author, draft, number, previous), least_reader=least_reader)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PartitionAuthor, "_envelope", made)
        body = msgpack.packb(("", msgpack.packb([[kind, {1: ACCOUNT, 2: key_id}]])))
        answer = await region.submit(Draft(PARTITION, None, ((key_stream(ACCOUNT, key_id), None),), body=body))
    return str(answer.verdict)


def is_outdated(region: RunningRegion) -> bool:
    return "older than its region's log" in region.reason and "upgrade it" in region.reason and not region.told["ready"]


async def begins_anew(region: RunningRegion) -> None:
    """As by its supervisor, where a fault has ended it."""
    task = region._task
    assert task is not None
    await eventually(lambda: task.done() or is_outdated(region))
    await region.stop()
    region.start()


async def stands_still(region: RunningRegion) -> None:
    await eventually(lambda: is_outdated(region))
    answer = await region.submit_anything()
    assert answer.verdict == UNAVAILABLE
    assert "upgrade it" in answer.answer
    assert region.replicator._partitions == []


@pytest.mark.parametrize(("least_reader", "kind"), [(2, 4), (1, LATER_KIND)])
async def test_a_node_that_is_older_than_its_log_stands_still_until_it_is_upgraded(
    least_reader: int, kind: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with regions(HOME) as made:
        home = made[HOME]
        home.start()
        await home.ready()
        later, other = await home.create_key(), await home.create_key()
        assert await written_by_a_later_version(home, later, least_reader, kind) == Verdict.FROZEN
        await begins_anew(home)
        for _ in range(2):
            await stands_still(home)
            with pytest.raises(KeyUnavailable):
                home.key(later)
            assert home.key(other) is not None
            await home.stop()
            home.start()
        await stands_still(home)
        await home.stop()
        upgraded(monkeypatch)
        home.start()
        await home.ready()
        key = home.key(later)
        assert key is not None
        assert key.state == "Disabled"
        assert await home.create_key()


async def test_a_node_that_is_alone_and_went_back_a_version_serves_what_it_can_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The state that the later version has left is dropped, and its log goes on behind the first later record."""
    async with regions(HOME) as made:
        home = made[HOME]
        home.start()
        await home.ready()
        with pytest.MonkeyPatch.context() as later_version:
            later_version.setattr(OwnVersion, "require", lambda _: None)
            later = await home.create_key()
            await written_by_a_later_version(home, later, 1, LATER_KIND)
            newest = await home.create_key()
        await home.stop()
        shutil.rmtree(home.settings.state_directory)
        read_slowly(monkeypatch)
        home.start()
        await stands_still(home)
        assert home.replicator._building.is_whole(PARTITIONS)
        assert LeaseFile(home.settings.lease_file).deadline() == ALONE
        assert home.key(newest) is not None
        with pytest.raises(KeyUnavailable):
            home.key(later)


def read_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a long log is read: the guard has its turns in between."""
    monkeypatch.setattr(author_module, "READ_MOST", 1)
    monkeypatch.setattr(own_version, "LOOK_SECONDS", 0.0)


def upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a version that reads what was written."""
    for module in (applying, adopted, own_state):
        monkeypatch.setattr(module, "READER_VERSION", 2)
    monkeypatch.setitem(event_codec._READERS, LATER_KIND, event_codec._READERS[4])


def test_a_program_that_knows_more_events_builds_the_state_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = own_state.version()
    monkeypatch.setattr(own_state, "EVENTS", {**EVENTS, LATER_KIND: object})
    assert own_state.version() != before
