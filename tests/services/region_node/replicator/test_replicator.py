"""The replicators of regions, from their directories to their peers' keys."""

import logging
import shutil

import pytest

from replication.sharing import mirror
from replication.state.view import SnapshotView
from replication.writing.author import PartitionAuthor
from replication.writing.draft import UNAVAILABLE, Draft
from services.region_node.keys.region_keys import make_region_keys
from services.region_node.own_work.alias_conflicts import AliasConflicts
from services.region_node.own_work.due import DueChanges
from services.region_node.replicator import replicator as replicator_module
from services.region_node.state import own_state
from tests.services.region_node.running_replicator import (
    KEYS,
    NOW,
    PARTITIONS,
    REGIONS,
    RunningRegion,
    eventually,
    regions,
)

HOME, PEER, THIRD = REGIONS


async def start(*running: RunningRegion) -> None:
    for region in running:
        region.start()
    for region in running:
        await region.ready()


async def held(region: RunningRegion, key_id: str) -> None:
    await eventually(lambda: region.opened(key_id))


async def test_key_that_was_given_away_is_usable_in_the_other_region_and_only_there() -> None:
    async with regions(*REGIONS) as region:
        await start(*region.values())
        key_id = await region[HOME].create_key()
        assert (await region[HOME].replicate(key_id, PEER)).verdict == "applied"
        await held(region[PEER], key_id)
        assert region[PEER].opened(key_id) == region[HOME].opened(key_id)
        await eventually(lambda: region[THIRD].key(key_id) is not None)
        await eventually(lambda: getattr(region[THIRD].key(key_id), "replica_regions", ()) == (PEER,))
        third = region[THIRD].key(key_id)
        assert third is not None
        assert (third.state, third.current_material.wrapped) == (None, None)
        assert [one.told["counters"] for one in region.values()] == [{}, {}, {}]


async def test_region_that_is_vouched_for_serves_while_its_peers_are_away_and_gives_them_everything_later() -> None:
    async with regions(HOME, PEER) as region:
        region[HOME].start()
        await region[HOME].vouched()
        keys = [await region[HOME].create_key() for _ in range(20)]
        for key_id in keys:
            await region[HOME].replicate(key_id, PEER)
        await start(region[PEER])
        for key_id in keys:
            await held(region[PEER], key_id)
        await region[HOME].stop()
        await region[PEER].create_key()
        await start(region[HOME])
        await region[HOME].replicate(await region[HOME].create_key(), PEER)


async def test_what_a_node_does_by_itself_does_not_wait_for_what_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replicator_module, "TIMER_SECONDS", 0.01)
    seen: list[str] = []

    async def fails(_self: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(DueChanges, "run", fails)
    monkeypatch.setattr(AliasConflicts, "look", lambda _self: seen.append("aliases"))
    async with regions(HOME, PEER) as region:
        card = region[HOME].settings.peer_card_file(PEER)
        content = card.read_bytes()
        card.unlink()
        await start(region[HOME])
        card.write_bytes(content)
        await eventually(lambda: PEER in region[HOME].replicator._federation._read)
        assert "aliases" in seen


async def test_restart_keeps_keys_and_publishes_nothing_twice() -> None:
    async with regions(HOME, PEER) as region:
        await start(*region.values())
        key_id = await region[HOME].create_key()
        await region[HOME].replicate(key_id, PEER)
        await held(region[PEER], key_id)
        shared = await shared_ends(region[HOME])
        await region[HOME].stop()
        await start(region[HOME])
        assert region[HOME].opened(key_id) is not None
        assert await shared_ends(region[HOME]) == shared


async def test_state_of_another_version_is_built_anew_and_not_published_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with regions(HOME, PEER) as region:
        await start(*region.values())
        key_id = await region[HOME].create_key()
        await region[HOME].replicate(key_id, PEER)
        await held(region[PEER], key_id)
        secret, shared = region[HOME].opened(key_id), await shared_ends(region[HOME])
        await region[HOME].stop()
        monkeypatch.setattr(own_state, "STATE_VERSION", 999)
        await start(region[HOME])
        assert "built anew" in caplog.text
        assert region[HOME].opened(key_id) == secret
        await eventually(lambda: published(region[HOME]) == sum(shared))
        assert await shared_ends(region[HOME]) == shared


async def test_wiped_log_stops_writes_with_its_reason_and_keeps_the_state(caplog: pytest.LogCaptureFixture) -> None:
    async with regions(HOME) as region:
        home = region[HOME]
        await start(home)
        key_id = await home.create_key()
        await home.stop()
        kept = home.settings.directory / "kept"
        shutil.move(home.settings.log_directory, kept)
        home.start()
        await eventually(lambda: "not the log that this state belongs to" in home.reason)
        answer = await home.submit(Draft(0, None, ()))
        assert (answer.verdict, "not the log" in answer.answer) == (UNAVAILABLE, True)
        assert home.opened(key_id) is not None
        await eventually(lambda: "not the log that this state belongs to" in home.reason)
        assert sum("not the log" in record.getMessage() for record in caplog.records) == 1
        await home.stop()
        shutil.rmtree(home.settings.log_directory)
        shutil.move(kept, home.settings.log_directory)
        await start(home)
        assert home.opened(key_id) is not None


async def test_who_has_lost_the_region_s_keys_does_not_write_into_its_log() -> None:
    async with regions(HOME) as region:
        home = region[HOME]
        await start(home)
        key_id = await home.create_key()
        await home.stop()
        shutil.rmtree(home.settings.state_directory)
        own, home.keys = home.keys, make_region_keys(HOME, PARTITIONS, NOW)
        for _ in range(2):  # nor after a restart
            home.start()
            await eventually(lambda: "none of them is authentic under the keys of this node" in home.reason)
            assert (await home.submit_anything()).verdict == UNAVAILABLE
            await home.stop()
        shutil.rmtree(home.settings.state_directory)
        home.keys = own
        await start(home)
        assert home.opened(key_id) is not None


async def test_catching_up_tells_how_far_it_has_got(monkeypatch: pytest.MonkeyPatch) -> None:
    async with regions(HOME) as region:
        home = region[HOME]
        await start(home)
        await home.create_key()
        await home.stop()
        shutil.rmtree(home.settings.state_directory)
        told = []
        catch_up = PartitionAuthor.catch_up

        async def watched(author: PartitionAuthor, end: int) -> None:
            await catch_up(author, end)
            told.append((end, home.reason))

        monkeypatch.setattr(PartitionAuthor, "catch_up", watched)
        await start(home)
        expected = [
            f"partition {n} is being caught up ({end} of {end} entries read)" for n, (end, _) in enumerate(told)
        ]
        assert [reason for _, reason in told] == expected
        assert home.reason == ""


async def test_log_that_was_set_back_is_not_written_to(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts, catch_up = 0, PartitionAuthor.catch_up

    async def counted(author: PartitionAuthor, end: int) -> None:
        nonlocal attempts
        attempts += 1
        await catch_up(author, end)

    monkeypatch.setattr(PartitionAuthor, "catch_up", counted)
    monkeypatch.setattr(replicator_module, "RETRY_SECONDS", 0.01)
    async with regions(HOME) as region:
        home = region[HOME]
        await start(home)
        await home.create_key()
        await home.stop()
        kept = home.settings.directory / "kept"
        shutil.copytree(home.settings.log_directory, kept)
        await start(home)
        key_id = await home.create_key()
        await home.stop()
        shutil.rmtree(home.settings.log_directory)
        shutil.move(kept, home.settings.log_directory)
        home.start()
        await eventually(lambda: "was read before" in home.reason)
        assert (await home.submit(Draft(0, None, ()))).verdict == UNAVAILABLE
        assert home.opened(key_id) is not None
        tried = attempts
        await eventually(lambda: attempts > tried + 1)
        assert sum("was read before" in record.getMessage() for record in caplog.records) == 1


async def test_stranger_s_card_in_a_peer_s_place_lets_nobody_in_and_stops_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with regions(HOME, PEER) as region:
        home = region[HOME]
        for content in (b"no card", KEYS[THIRD].encoded_card):
            home.settings.peer_card_file(PEER).write_bytes(content)
            await start(home)
            await home.create_key()
            assert home.vault.peer_regions() == frozenset()
            await home.stop()
        assert caplog.text.count("card file cannot be used") == 2
        home.settings.peer_card_file(PEER).write_bytes(KEYS[PEER].encoded_card)
        await start(*region.values())
        key_id = await home.create_key()
        await home.replicate(key_id, PEER)
        await held(region[PEER], key_id)


async def test_unreachable_peer_is_said_once_and_so_is_its_return(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mirror, "WAIT_SECONDS", 0.1)
    caplog.set_level(logging.INFO)
    logs = PARTITIONS + 2  # that of the pulses, and the witness
    async with regions(HOME, PEER) as region:
        region[HOME].start()
        await region[HOME].vouched()
        await eventually(lambda: caplog.text.count("a log is in trouble") == logs)
        await start(region[PEER])
        await eventually(lambda: caplog.text.count("a log is well again") == logs)
        assert caplog.text.count("a log is in trouble") == logs


async def test_administrator_s_key_is_verifiable_in_every_region() -> None:
    async with regions(HOME, PEER) as region:
        await start(*region.values())
        account, access_key_id, *_ = await region[HOME].replicator._administration.create_administrator()
        await eventually(lambda: all(has_access_key(running, access_key_id) for running in region.values()))
        assert len(account) == 12


def has_access_key(region: RunningRegion, access_key_id: str) -> bool:
    with region.replicator._store.read() as snapshot:
        access_key = SnapshotView(snapshot, PARTITIONS).access_key(access_key_id)
    return access_key is not None and (access_key.wrapped or access_key.signing_keys) is not None


async def shared_ends(region: RunningRegion) -> list[int]:
    partitions = region.replicator._partitions
    return [await partition.publisher._log.end(partition.number) for partition in partitions]


def published(region: RunningRegion) -> int:
    return sum(partition.publisher.published for partition in region.replicator._partitions)
