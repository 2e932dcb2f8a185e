"""Entries that follow from the region's records: derived once, by any node, and again where the trail has them not."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from replication.log.event_log import Entry
from services.audit.derived_frames import DerivedFrames, Told, derived_chain
from services.audit.derived_shipping import DerivedShipping
from services.audit.spool.reading import SpoolReading
from services.audit.spool.shipping import Shipping
from services.audit.trail.trail import Trail
from shared.audit.frame import ChainHead, head_of
from tests.replication.scripted_log import Fault, ScriptedLog
from tests.services.audit.making import KEY
from tests.services.audit.running_auditor import LOOK_SECONDS, Node, PositionFold, entries
from tests.services.audit.scripted_audit_log import ScriptedAuditLog


async def test_records_give_entries_in_a_chain_of_their_partition(tmp_path: Path) -> None:
    node = Node(tmp_path, ScriptedAuditLog())
    node.records.write(0, [b"x", b"", b"xx"])
    node.records.write(1, [b"x"])
    async with node.running() as running:
        await running.until(4)
        node.records.write(1, [b"", b"x"])
        await running.until(5)
    chains = [derived_chain(partition, await node.records.identity()) for partition in (0, 1)]
    assert node.archived()[:4] == [(chains[0], 1), (chains[0], 2), (chains[0], 3), (chains[1], 1)]
    frames = [arrived.frame for arrived in Trail(node.directory / "trail").frames(0, 10)]
    assert [len(frame.entries) for frame in frames] == [1, 2, 1, 1]


async def test_two_nodes_derive_the_same_and_it_counts_once(tmp_path: Path) -> None:
    log, nodes = ScriptedAuditLog(), []
    for name in ("node-1", "node-2"):
        nodes.append(Node(tmp_path, log, name))
        nodes[-1].records = nodes[0].records
    nodes[0].records.write(0, [b"x", b"xx", b"x"] * 10)
    async with nodes[0].running() as one, nodes[1].running() as other:
        await one.until(40)
        await other.until(40)
        assert (one.writer.books.counts(), other.writer.books.counts()) == ({}, {})
    assert nodes[0].archived() == nodes[1].archived()
    assert len(nodes[0].archived()) == 40


async def test_a_restart_goes_on_behind_the_record_of_the_last_entry(tmp_path: Path) -> None:
    node = Node(tmp_path, ScriptedAuditLog())
    node.fold = PositionFold()
    node.records.write(0, [b"x", b"x", b"", b""])
    async with node.running() as running:
        await running.until(2)
    node.records.write(0, [b"x"])
    node.fold = PositionFold()  # lost: it begins again, and derives nothing twice
    async with node.running() as running:
        await running.until(3)
    assert len(node.archived()) == 3


@pytest.mark.parametrize("fault", [Fault.LOSE_ACKNOWLEDGEMENT, Fault.LOSE_RECORDS, Fault.WRITE_HALF, Fault.REFUSE])
async def test_the_fold_is_committed_once_the_trail_has_what_was_derived(tmp_path: Path, fault: Fault) -> None:
    node = Node(tmp_path, ScriptedAuditLog())
    node.fold = PositionFold()
    node.log.script.append(fault)
    node.records.write(0, [b"x", b"xx", b""])
    async with node.running() as running:
        await running.until(3)
        async with asyncio.timeout(60):
            while node.fold.committed != {0: 3}:
                assert not node.fold.committed
                await asyncio.sleep(LOOK_SECONDS)
    assert len(node.archived()) == 3


async def test_what_the_trail_has_not_is_derived_again() -> None:
    records, fold = ScriptedLog(), PositionFold()
    records.write(0, [b"x", b"x"])
    heads = dict[str, ChainHead]()
    derived_frames = DerivedFrames(lambda _identity: fold, lambda: heads, lambda _chain: -1)
    first = await derived_frames.next_frames(records)
    assert await derived_frames.next_frames(records) == first != []
    heads[first[-1].chain] = head_of(first[-1])
    assert await derived_frames.next_frames(records) == []
    assert fold.committed == {0: 2}


async def test_a_region_log_that_cannot_be_read_hinders_no_other_entry(tmp_path: Path) -> None:
    node = Node(tmp_path, ScriptedAuditLog())
    node.records.read_failures = 10**6
    node.chain().write(entries(2))
    async with node.running() as running:
        await running.until(2)
        assert not running.auditor.trouble
        assert running.derived_shipping.trouble


class StuckFold(PositionFold):
    """Whatever it reads waits for a record of another partition."""

    def apply(self, partition: int, entries: Sequence[Entry]) -> Sequence[Told]:
        return []


@pytest.mark.parametrize(
    ("fold", "more", "behind"),
    [(PositionFold(), [True, True, True, False], [3, 1, 0, 0]), (StuckFold(), [False], [5])],
)
async def test_a_lost_fold_catches_up_without_a_pause_and_one_that_waits_does_not_spin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fold: PositionFold, more: list[bool], behind: list[int]
) -> None:
    """The trail has all that is derived: nothing is sent."""
    monkeypatch.setattr("services.audit.derived_frames.AT_A_TIME", 2)
    records, sent, left = ScriptedLog(), list[bool](), list[int]()
    records.write(0, [b"x"] * 5)

    async def open_records() -> ScriptedLog:
        return records

    derived_frames = DerivedFrames(lambda _identity: fold, dict, lambda _chain: 10**6)
    derived_shipping, shipping = (
        DerivedShipping(derived_frames, open_records),
        Shipping(SpoolReading(tmp_path), KEY, dict),
    )
    for _ in more:
        sent.append(await derived_shipping.send(shipping, ScriptedAuditLog()))
        left.append(derived_frames.behind)
    assert (sent, left) == (more, behind)
