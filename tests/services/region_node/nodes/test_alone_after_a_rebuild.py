"""A node whose state is built anew does not believe that it is alone before it has read its region's log."""

import shutil
from dataclasses import replace

import pytest

from replication.fold.judge import Verdict
from replication.log.event_log import LogUnavailable
from replication.records.body import encode_change
from replication.writing.author import PartitionAuthor
from replication.writing.draft import Draft
from replication.writing.serving_lease import ALONE
from services.region_node.nodes.lease_file import LeaseFile
from services.region_node.nodes.node_keys import node_keys
from shared.events import stream_of
from shared.nodes.events import NodeAdmitted
from tests.services.region_node.nodes.first_node import first_node
from tests.services.region_node.running_replicator import PARTITIONS, RunningRegion, eventually, free_ports

OUT_OF_REACH = 1
"""A partition that the node cannot read, where its log is cut."""


async def admit(region: RunningRegion, name: str) -> None:
    card = node_keys(replace(region.settings, node=name)).encoded_card
    event = NodeAdmitted(name, card, f"127.0.0.1:{free_ports(1)[0]}", name.encode().ljust(16))
    body = encode_change("", [event])
    for partition in region.replicator._partitions:
        draft = Draft(partition.number, None, ((stream_of(event), None),), body=body)
        assert (await partition.author.submit(draft, 5)).verdict == Verdict.APPLIED


def cut(patched: pytest.MonkeyPatch) -> None:
    catch_up = PartitionAuthor.catch_up

    async def reading(author: PartitionAuthor, end: int) -> None:
        if author.partition == OUT_OF_REACH:
            raise LogUnavailable("it is cut")
        await catch_up(author, end)

    patched.setattr(PartitionAuthor, "catch_up", reading)


def deadline(region: RunningRegion) -> float:
    return LeaseFile(region.settings.lease_file).deadline()


def built(region: RunningRegion) -> int:
    return len(region.replicator._building._built())


async def rebuilt_in_part(region: RunningRegion) -> None:
    """Begun anew without its state, and with a log that it can read in part."""
    await region.stop()
    shutil.rmtree(region.settings.state_directory)
    region.start()
    await eventually(lambda: built(region) == PARTITIONS - 1 and "cannot be read" in region.reason)


async def test_a_founder_does_not_serve_a_state_built_anew_before_its_log_says_who_belongs_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with first_node() as home:
        assert deadline(home) == ALONE
        await admit(home, "node-1")
        await admit(home, "node-2")
        await eventually(lambda: deadline(home) != ALONE)
        cut(monkeypatch)
        await rebuilt_in_part(home)
        assert deadline(home) != ALONE


async def test_a_founder_that_is_alone_serves_a_state_built_anew_once_its_log_is_read() -> None:
    async with first_node() as home:
        with pytest.MonkeyPatch.context() as patched:
            cut(patched)
            await rebuilt_in_part(home)
            assert deadline(home) == 0.0
        await eventually(lambda: deadline(home) == ALONE)


async def test_a_founder_that_is_alone_serves_at_once_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    async with first_node() as home:
        await home.stop()
        cut(monkeypatch)
        home.start()
        assert deadline(home) == ALONE
        await eventually(lambda: "cannot be read" in home.reason)
        assert deadline(home) == ALONE


async def test_a_founder_is_not_alone_before_its_log_is_read_where_a_token_was_given_long_ago(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with first_node() as home:
        home.replicator._nodes._membership.mark(b"token", expires=1)
        await eventually(lambda: deadline(home) == ALONE)
        await home.stop()
        with pytest.MonkeyPatch.context() as patched:
            cut(patched)
            home.start()
            assert deadline(home) == 0.0
            await eventually(lambda: "cannot be read" in home.reason)
            assert deadline(home) != ALONE
        await eventually(lambda: deadline(home) == ALONE)
