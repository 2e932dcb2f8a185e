"""Replicators of several regions: who is put back, cut or wiped is stopped by its peers, and nobody else is."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from replication.fold.history import COMMANDS_KEPT
from replication.fold.judge import Verdict
from replication.log.embedded_log import EmbeddedLogs
from replication.sharing.publication import local_log, shared_log
from replication.witness.checkpoint import furthest
from replication.witness.witness_rule import Ruling
from replication.writing.draft import UNWITNESSED
from services.region_node.operator.questions import Verb
from services.region_node.pulses.settings import PulseSettings
from services.region_node.witness import comparing
from services.region_node.witness.settings import WitnessSettings
from shared.errors import KeytideError
from shared.identifiers import partition_of
from shared.keys.commands import KeyName, SetKeyEnabled
from shared.keys.decide import set_key_enabled
from shared.rebuild.events import forgotten_stream
from tests.services.region_node.running_replicator import (
    ACCOUNT,
    PARTITIONS,
    REGIONS,
    RunningRegion,
    eventually,
    regions,
)

HOME, PEER, THIRD = REGIONS
PARTITION = partition_of(ACCOUNT, PARTITIONS)
QUICKLY = PulseSettings(every_milliseconds=50)


@asynccontextmanager
async def witnesses(*names: str) -> AsyncIterator[dict[str, RunningRegion]]:
    """Regions that run, whose pulses come quickly."""
    async with regions(*names) as region:
        for one in region.values():
            one.settings = replace(one.settings, pulses=QUICKLY)
            one.start()
        for one in region.values():
            await one.ready()
        yield region


def seen_by(witness: RunningRegion, of: str = HOME) -> int:
    """So many records of the account's partition it has seen."""
    return furthest(witness.replicator._witness.seen.of(of).highest, PARTITION).sequence


async def has_seen_all(witness: RunningRegion, of: RunningRegion) -> None:
    applied = of.replicator._materializer.head(PARTITION).head.sequence
    await eventually(lambda: seen_by(witness, of.name) >= applied)


async def disable(region: RunningRegion, key_id: str) -> None:
    command = SetKeyEnabled(KeyName(region.name, ACCOUNT, key_id), enabled=False)
    assert (await region.change(lambda view: set_key_enabled(command, view))).verdict == Verdict.APPLIED


def older_copy(region: RunningRegion) -> Path:
    older = region.settings.directory.with_name("older")
    shutil.copytree(region.settings.directory, older, ignore=shutil.ignore_patterns("*.sock"))
    return older


def put_back(region: RunningRegion, older: Path, *parts: str) -> None:
    for part in parts:
        shutil.rmtree(region.settings.directory / part)
        shutil.copytree(older / part, region.settings.directory / part)


async def contradicted(region: RunningRegion) -> None:
    await eventually(lambda: region.reason.startswith("contradicted"))


async def test_regions_that_start_at_once_confirm_each_other_and_so_they_do_again() -> None:
    async with witnesses(*REGIONS) as region:
        for _ in range(2):
            for one in region.values():
                await one.stop()
            for one in region.values():
                one.start()
            for one in region.values():
                await one.ready()
                assert one.replicator._witness.start.ruling.why == "witnessed"
        assert [one.told["counters"] for one in region.values()] == [{}] * 3


async def test_a_lost_revocation_of_a_single_region_key_is_found_when_log_and_state_are_put_back() -> None:
    async with witnesses(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        key_id = await home.create_key(multi_region=False)
        await home.stop()
        older = older_copy(home)
        home.start()
        await home.ready()
        await disable(home, key_id)
        await has_seen_all(peer, home)
        seen = seen_by(peer)
        await home.stop()
        put_back(home, older, "log", "state")
        home.start()
        await contradicted(home)
        assert f"as {PEER} has seen" in home.reason
        await eventually(lambda: home.replicator._partitions == [])
        assert (await home.submit_anything()).verdict == UNWITNESSED
        with pytest.raises(KeytideError, match="cannot have one"):
            await home.replicator._vouch()
        assert seen_by(peer) == seen
        assert dict(peer.replicator._witness.seen.evidence()) == {}
        await peer.create_key()


async def test_a_state_that_is_put_back_alone_is_read_on_from_the_log_and_served() -> None:
    async with witnesses(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        key_id = await home.create_key(multi_region=False)
        await home.stop()
        older = older_copy(home)
        home.start()
        await home.ready()
        await disable(home, key_id)
        await has_seen_all(peer, home)
        await home.stop()
        put_back(home, older, "state")
        home.start()
        await home.ready()
        key = home.key(key_id)
        assert key is not None
        assert key.state == "Disabled"


async def test_who_learns_of_its_peers_from_the_log_alone_asks_them_too() -> None:
    """As a node does that has joined: it has no state, and nobody has placed the peers' cards."""
    async with witnesses(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        await home.create_key(multi_region=False)
        await has_seen_all(peer, home)
        await home.stop()
        shutil.rmtree(home.settings.state_directory)
        home.settings.peer_card_file(PEER).unlink()
        home.start()
        told = rulings(home)
        await home.ready()
        assert home.replicator._witness.start.ruling.why == "witnessed"
        assert {one.why for one in told if one.is_whole} == {"witnessed"}, "it never held itself for alone"
        assert "its log is read first" in told[0].reason


def rulings(region: RunningRegion) -> list[Ruling]:
    """Every ruling from now on."""
    told: list[Ruling] = []
    start = region.replicator._witness.start
    ruling_so = start._rule_so

    def rule_so(ruling: Ruling) -> None:
        told.append(ruling)
        ruling_so(ruling)

    start._rule_so = rule_so  # type: ignore[method-assign]
    return told


@pytest.mark.parametrize("part", ["state", "log"])
async def test_a_lost_state_is_built_again_and_a_lost_log_is_noticed(part: str) -> None:
    async with witnesses(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        await home.create_key()
        await has_seen_all(peer, home)
        await home.stop()
        shutil.rmtree(home.settings.directory / "state")
        shutil.rmtree(home.settings.directory / part, ignore_errors=True)
        home.start()
        if part == "state":
            await home.ready()
        else:
            await contradicted(home)
            assert "its log has 0 records" in home.reason


async def test_records_that_a_power_cut_took_from_the_log_s_end_are_missed() -> None:
    async with witnesses(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        for _ in range(3):
            await home.create_key()
        await has_seen_all(peer, home)
        await home.stop()
        await cut(home, 2)
        home.start()
        await contradicted(home)


async def cut(region: RunningRegion, records: int) -> None:
    """Make the log anew without its last records, and forget the state, which would know."""
    names = dict.fromkeys((local_log(region.name), shared_log(region.name)), PARTITIONS)
    logs = EmbeddedLogs.open(region.settings.log_directory, names, readonly=True)
    kept = {
        (name, number): [entry.record for entry in await logs[name].read(number, 0, 10_000)]
        for name in names
        for number in range(PARTITIONS)
    }
    await logs.close()
    for part in ("log", "state"):
        shutil.rmtree(region.settings.directory / part)
    logs = EmbeddedLogs.open(region.settings.log_directory, names)
    for (name, number), entries in kept.items():
        is_cut = (name, number) == (local_log(region.name), PARTITION)
        await logs[name].append(number, entries[:-records] if is_cut else entries)
    await logs.close()


async def test_a_witness_that_was_put_back_itself_only_proves_less() -> None:
    async with witnesses(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        await has_seen_all(peer, home)
        older = peer.settings.directory.with_name("older-witness")
        shutil.copytree(peer.settings.witness_directory, older)
        await home.create_key()
        await has_seen_all(peer, home)
        await home.stop()
        await peer.stop()
        shutil.rmtree(peer.settings.witness_directory)
        shutil.copytree(older, peer.settings.witness_directory)
        for one in (home, peer):
            one.start()
        for one in (home, peer):
            await one.ready()


async def test_a_head_of_longer_ago_than_the_state_remembers_is_found_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert COMMANDS_KEPT > 1
    monkeypatch.setattr(comparing, "history_digest", lambda _snapshot, _partition, _sequence: None)
    async with witnesses(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        await has_seen_all(peer, home)
        await peer.stop()
        await home.create_key()
        await home.stop()
        for one in (peer, home):
            one.start()
        await home.ready()
        assert home.replicator._witness.start._comparison._settled


async def test_a_witness_that_answers_later_ends_the_service_of_a_region_that_is_served() -> None:
    async with witnesses(*REGIONS) as region:
        home, peer, third = region.values()
        await peer.stop()
        await home.stop()
        older = older_copy(home)
        home.start()
        await home.ready()
        await home.create_key()
        await has_seen_all(third, home)
        await third.stop()
        await home.stop()
        put_back(home, older, "log", "state")
        peer.start()
        home.start()
        await home.ready()
        assert home.replicator._witness.start.ruling.reason == f"witnessed by {PEER}"
        third.start()
        await contradicted(home)
        assert f"as {THIRD} has seen" in home.reason
        await eventually(lambda: home.replicator._partitions == [])


async def test_a_node_that_is_alone_reads_until_it_is_vouched_for_and_its_word_stands_in_every_partition() -> None:
    async with regions(HOME, PEER) as region:
        home = region[HOME]
        home.start()
        await eventually(lambda: home.reason.startswith("unwitnessed"))
        gauges = home.told["gauges"]
        assert isinstance(gauges, dict)
        assert (gauges["unwitnessed"], gauges["contradicted"]) == (1.0, 0.0)
        assert (await home.submit_anything()).verdict == UNWITNESSED
        await home.vouched()
        await home.create_key()
        assert not await home.replicator._vouch(), "it is served already"
        for number in range(PARTITIONS):
            assert home.revision(number, "vouched-head") == 1


async def test_restarts_do_not_prolong_the_limit() -> None:
    async with regions(HOME, PEER) as region:
        home = region[HOME]
        home.settings = replace(home.settings, witness=WitnessSettings(1, patience_milliseconds=0))
        home.start()
        await eventually(lambda: home.reason.startswith("overdue"))
        since = home.replicator._witness.start._since
        await home.stop()
        home.start()
        await eventually(lambda: home.reason.startswith("overdue"), seconds=0.9)
        assert home.replicator._witness.start._since == since


async def test_a_replicator_that_starts_again_within_one_start_of_the_node_needs_no_witness() -> None:
    async with witnesses(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        await peer.stop()
        await home.stop()
        home.start(again=True)
        await home.ready()
        await home.create_key()


async def test_a_witness_that_is_told_to_forget_contradicts_nobody_and_says_so_in_its_log() -> None:
    async with witnesses(HOME, PEER) as region:
        home, peer = region[HOME], region[PEER]
        answers = peer.replicator._returning.answers
        key = await home.create_key()
        older = older_copy(home)
        await disable(home, key)
        await has_seen_all(peer, home)
        await home.stop()
        put_back(home, older, "log", "state")
        home.start()
        await contradicted(home)
        before = peer.revision(PARTITION, forgotten_stream(HOME))
        records, _, evidence = await answers[Verb.SEEN_OF](region=HOME)
        assert (records >= seen_by(peer), evidence) == (True, 0)
        await answers[Verb.FORGET_WITNESSED](region=HOME)
        assert peer.revision(PARTITION, forgotten_stream(HOME)) == before + 1
        assert seen_by(peer) == 0
        assert await answers[Verb.SEEN_OF](region=HOME) is None
        marked = peer.settings.witness_directory / f"{HOME}.forgotten"
        (kept,) = {*peer.settings.witness_directory.glob(f"{HOME}.*")} - {marked}
        assert kept.stat().st_size > 0, "what it gave up is kept beside"
        await home.stop()
        home.start()
        await home.ready()
