"""Entries from the spools to the audit log and the trail, whatever the log does, and in every order."""

import asyncio
import logging
import random
from pathlib import Path

import pytest

from replication.log.event_log import LogCorrupt, LogError, LogTruncated, LogUnavailable
from replication.records.record import authenticate
from services.audit.auditor import pause_after
from services.audit.spool.reading import SpoolReading
from services.audit.spool.shipping import Shipping
from shared.audit.frame import beginning_of
from tests.replication.scripted_log import Fault
from tests.services.audit.making import KEY, Chaining, entry, frames_in, record
from tests.services.audit.running_auditor import LOOK_SECONDS, Node, entries
from tests.services.audit.scripted_audit_log import ScriptedAuditLog

FAULTS = (
    Fault.LOSE_ACKNOWLEDGEMENT,
    Fault.LOSE_RECORDS,
    Fault.WRITE_LATER,
    Fault.WRITE_HALF,
    Fault.DUPLICATE,
    Fault.REFUSE,
    Fault.NONE,
)


@pytest.mark.parametrize(("quiet", "look", "pause"), [(0, 0.2, 0.2), (4.9, 0.2, 0.2), (5, 0.2, 1), (5, 2, 2)])
def test_an_auditor_looks_less_often_when_nothing_comes(quiet: float, look: float, pause: float) -> None:
    assert pause_after(quiet, look) == pause


async def test_what_is_written_while_it_runs_arrives(tmp_path: Path) -> None:
    node = Node(tmp_path, ScriptedAuditLog())
    chain = node.chain(segment_bytes=300)
    async with node.running() as running:
        for number in range(5):
            chain.write(entries(2, 2 * number))
            await running.until(2 * number + 2)
    assert node.archived() == [("node-1/worker-1/00000000000000aa", number) for number in range(1, 11)]


@pytest.mark.parametrize("seed", range(10))
async def test_whatever_a_broker_does_each_entry_arrives_once(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    log = ScriptedAuditLog()
    log.script.extend(chance.choices(FAULTS, k=12))
    node = Node(tmp_path, log)
    chains = [node.chain(f"{number:016x}") for number in range(3)]
    async with node.running() as running:
        for number in range(12):
            chance.choice(chains).write(entries(3, 3 * number))
            log.read_failures = chance.choice((0, 0, 1))
            await asyncio.sleep(LOOK_SECONDS)
            if chance.random() < 0.5:
                log.deliver()
        await running.until(36)
        log.deliver()
    arrived = node.archived()
    assert (len(arrived), len(set(arrived))) == (36, 36)


async def test_a_dead_log_delays_and_loses_nothing(tmp_path: Path) -> None:
    log = ScriptedAuditLog()
    log.read_failures = 10**6
    node = Node(tmp_path, log)
    node.chain().write(entries(3))
    async with node.running() as running:
        await asyncio.sleep(10 * LOOK_SECONDS)
        assert running.auditor.trouble
        assert running.spools.clear(running.writer.heads()) == 0
        log.read_failures = 0
        await running.until(3)
        assert not running.auditor.trouble
    assert len(node.archived()) == 3


async def test_a_log_that_is_full_is_in_trouble_until_it_takes_something(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It can be opened and read, again and again."""
    log = ScriptedAuditLog()
    log.script.extend([Fault.REFUSE] * 8)
    node = Node(tmp_path, log)
    node.chain().write(entries(3))
    with caplog.at_level(logging.INFO, "services.audit.auditor"):
        async with node.running() as running:
            await running.until(3)
    assert [each.message for each in caplog.records] == ["the audit log is in trouble", "the audit log is well"]


async def test_a_crash_after_sending_sends_again_and_keeps_once(tmp_path: Path) -> None:
    log, node = ScriptedAuditLog(), Node(tmp_path, ScriptedAuditLog())
    node.log = log
    node.chain().write(entries(3))
    shipping = Shipping(SpoolReading(node.spool), KEY, dict)
    assert not await shipping.ship(log)  # that was all
    assert len(log.entries[0]) == 1
    async with node.running() as running:
        await running.until(3)
        await asyncio.sleep(5 * LOOK_SECONDS)
    assert (len(log.entries[0]), len(node.archived())) == (1, 3)


async def test_what_does_not_fit_one_append_is_sent_by_the_next_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, node = ScriptedAuditLog(), Node(tmp_path, ScriptedAuditLog())
    monkeypatch.setattr("services.audit.spool.reading.BATCH_BYTES", 1)
    for first in (0, 3):
        node.chain(f"{first:016x}").write(entries(3, first))
    shipping = Shipping(SpoolReading(node.spool), KEY, dict)
    assert [await shipping.ship(log) for _ in range(3)] == [True, True, False]
    assert len(log.entries[0]) == 2


async def test_a_segment_goes_once_the_trail_has_it_and_nobody_writes_it(tmp_path: Path) -> None:
    node = Node(tmp_path, ScriptedAuditLog())
    chain = node.chain(segment_bytes=100)
    chain.write(entries(2))
    chain.write(entries(2, 2))
    assert len(list(node.spool.rglob("*.segment"))) == 2
    async with node.running() as running:
        assert running.spools.clear({}) == 0
        await running.until(4)
        assert running.spools.clear(running.writer.heads()) == 1  # the second is open still
        chain.write(entries(2, 4))
        await running.until(6)
        chain.close()
        assert running.spools.clear(running.writer.heads()) == 2
    assert list(node.spool.rglob("*.segment")) == []


async def test_a_segment_with_more_than_was_read_stays(tmp_path: Path) -> None:
    node = Node(tmp_path, ScriptedAuditLog())
    chain = node.chain()
    chain.write(entries(1))
    reading = SpoolReading(node.spool)
    (frame,) = reading.next_frames()
    assert reading.clear({}) == 0
    chain.write(entries(1, 1))
    chain.close()
    assert reading.clear({frame.chain: Chaining().head._replace(number=1)}) == 0


async def test_a_segment_that_the_trail_has_not_stays(tmp_path: Path) -> None:
    node = Node(tmp_path, ScriptedAuditLog())
    chain = node.chain()
    chain.write(entries(2))
    chain.close()
    reading = SpoolReading(node.spool)
    (frame,) = reading.next_frames()
    heads = [Chaining().head._replace(number=number) for number in (0, 1, 2)]
    assert [reading.clear({frame.chain: head}) for head in heads] == [0, 0, 1]


async def test_a_torn_end_is_no_entry_and_keeps_nothing_up(tmp_path: Path) -> None:
    node = Node(tmp_path, ScriptedAuditLog())
    chain = node.chain()
    chain.write(entries(2))
    chain.close()
    (segment,) = node.spool.rglob("*.segment")
    with segment.open("ab") as file:
        file.write(b"\xc5\x10\x00" + beginning_of("node-1/worker-1/00000000000000aa")[:30])
    node.chain("00000000000000bb").write(entries(1, 2))
    async with node.running() as running:
        await running.until(3)
        assert running.spools.clear(running.writer.heads()) == 1
    assert len(node.archived()) == 3


async def test_a_damaged_spool_is_told_and_kept_and_others_go_on(tmp_path: Path) -> None:
    node = Node(tmp_path, ScriptedAuditLog())
    chain = node.chain()
    chain.write(entries(1))
    chain.close()
    (segment,) = node.spool.rglob("*.segment")
    segment.write_bytes(b"\xc4\x03abc" + segment.read_bytes())
    node.chain("00000000000000bb").write(entries(1, 1))
    async with node.running() as running:
        await running.until(2)
        assert running.spools.damaged_segments() == 1
        assert running.spools.clear(running.writer.heads()) == 0
        assert running.spools.damaged_segments() == 1
    assert [path.name for path in segment.parent.iterdir()] == ["0000000000000001.segment.damaged"]


async def test_what_is_whole_behind_damage_waits_in_the_trail_and_its_spool_stays(tmp_path: Path) -> None:
    node = Node(tmp_path, ScriptedAuditLog())
    chain = node.chain()
    for number in range(4):
        chain.write(entries(1, number))
    chain.close()
    (segment,) = node.spool.rglob("*.segment")
    content, (_, second, *_) = segment.read_bytes(), frames_in(segment)
    segment.write_bytes(content[: second.begin] + bytes(second.end - second.begin) + content[second.end :])
    async with node.running() as running:
        async with asyncio.timeout(60):
            while not running.writer.waiting():  # noqa: ASYNC110 - it says nothing
                await asyncio.sleep(LOOK_SECONDS)
        assert running.shipping.shipped == 3
        assert running.spools.clear(running.writer.heads()) == 0
        assert running.spools.damaged_segments() == 1
    assert segment.exists()


async def test_two_nodes_ship_their_own_and_both_have_all(tmp_path: Path) -> None:
    log = ScriptedAuditLog()
    nodes = [Node(tmp_path, log, name) for name in ("node-1", "node-2")]
    async with nodes[0].running() as one, nodes[1].running() as other:
        for number, node in enumerate(nodes):
            node.chain().write(entries(3, number))
        await one.until(6)
        await other.until(6)
    assert nodes[0].archived() == nodes[1].archived()
    assert {chain.split("/")[0] for chain, _ in nodes[0].archived()} == {"node-1", "node-2"}


async def test_junk_and_tampered_records_are_passed_over(tmp_path: Path) -> None:
    log, node = ScriptedAuditLog(), Node(tmp_path, ScriptedAuditLog())
    node.log = log
    good = record(Chaining("else/worker-1/0").frame(entry(1)))
    log.write(0, [b"junk", good[:-1] + bytes([good[-1] ^ 1]), authenticate(b"\x91\xa6riddle", KEY), good])
    async with node.running() as running:
        await running.until(1)
        assert (running.writer.met["foreign"], running.writer.met["unknown"]) == (2, 1)


@pytest.mark.parametrize("gone", [LogTruncated, LogCorrupt])
async def test_a_node_that_was_away_too_long_says_so_and_goes_on_with_a_hole(
    tmp_path: Path, gone: type[LogError]
) -> None:
    log, node, chaining = ScriptedAuditLog(), Node(tmp_path, ScriptedAuditLog()), Chaining("node-2/worker-1/0")
    node.log, log.gone = log, gone
    made = chaining.frames(6)
    log.write(0, [record(frame) for frame in made[:2]])
    async with node.running() as running:
        await running.until(2)
    log.write(0, [record(frame) for frame in made[2:]])
    await log.prune(0, 4)
    async with node.running() as running:
        await running.until(6)
        assert [(hole.first, hole.last) for hole in running.writer.books.holes()] == [(3, 4)]
    assert [number for _, number in node.archived()] == [1, 2, 5, 6]


async def test_a_lost_trail_is_made_again_of_what_the_log_has(tmp_path: Path) -> None:
    log, node, chaining = ScriptedAuditLog(), Node(tmp_path, ScriptedAuditLog()), Chaining("node-2/worker-1/0")
    node.log = log
    log.write(0, [record(frame) for frame in chaining.frames(6)])
    await log.prune(0, 2)
    async with node.running() as running:
        await running.until(6)
    assert [number for _, number in node.archived()] == [3, 4, 5, 6]


@pytest.mark.parametrize("how", ["made anew", "cut"])
async def test_a_lost_audit_log_is_gone_on_from_the_heads(tmp_path: Path, how: str) -> None:
    log, node = ScriptedAuditLog(), Node(tmp_path, ScriptedAuditLog())
    node.log = log
    chain = node.chain()
    chain.write(entries(3))
    async with node.running() as running:
        await running.until(3)
    log.entries[0].clear()
    log.named = "second" if how == "made anew" else log.named
    chain.write(entries(3, 3))
    async with node.running() as running:
        await running.until(6)
        assert running.writer.books.holes() == []
        assert running.writer.books.counts() == ({"new logs": 1} if how == "made anew" else {})
    assert [number for _, number in node.archived()] == [1, 2, 3, 4, 5, 6]


async def test_the_log_is_pruned_up_to_where_it_was_read_so_long_ago(tmp_path: Path) -> None:
    log, node = ScriptedAuditLog(), Node(tmp_path, ScriptedAuditLog())
    node.log = log
    made = Chaining("node-2/worker-1/0").frames(5)
    log.write(0, [record(frame) for frame in made[:3]])
    async with node.running() as running:
        await running.until(3)
        await running.auditor.prune(1000)
        assert log.begins == 0
        log.write(0, [record(frame) for frame in made[3:]])
        await running.until(5)
        await running.auditor.prune(0)
        assert log.begins == 4  # the last entry stays


async def test_what_is_appended_for_a_round_is_the_regions(tmp_path: Path) -> None:
    log, node = ScriptedAuditLog(), Node(tmp_path, ScriptedAuditLog())
    node.log = log
    async with node.running() as running:
        with pytest.raises(LogUnavailable):
            await running.auditor.append(b"too early")
        async with asyncio.timeout(60):
            while running.auditor.trouble:  # noqa: ASYNC110 - it says nothing
                await asyncio.sleep(LOOK_SECONDS)
        await running.auditor.append(b"a digest")
    assert log.entries[0] == [authenticate(b"a digest", KEY)]
