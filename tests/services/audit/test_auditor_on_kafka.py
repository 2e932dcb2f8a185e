"""The way of entries over a real broker: it is away, its retention takes the beginning, its topic is made anew."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.audit.audit_log import audit_log
from services.audit.auditor_parts import NodeAuditor, make_auditor
from services.cli.node.new_region import found_keys
from services.local_kafka.broker import Broker
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.settings.settings import Address, KafkaSettings, NodeSettings
from tests.contract.kafka_broker import local_broker, paused
from tests.contract.logs import delete_records, delete_topic
from tests.services.audit.making import NOW, SpooledChain
from tests.services.audit.running_auditor import entries
from tests.thoroughness import in_full_only

ADDRESS = Address("127.0.0.1", 0)
LOOK_SECONDS = 0.02
REGIONS = iter(("us-east-1", "us-east-2", "us-west-1"))
"""A test has a topic of its own."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with local_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def settings(broker: Broker, tmp_path: Path) -> NodeSettings:
    kafka = KafkaSettings(broker.bootstrap, development=True)
    return NodeSettings(next(REGIONS), ADDRESS, ADDRESS, directory=tmp_path, log=kafka)


@pytest.fixture
def keys(settings: NodeSettings) -> RegionKeys:
    return found_keys(settings, NOW)


def _chain(settings: NodeSettings) -> SpooledChain:
    return SpooledChain(settings.spool_directory, "node-1/worker-1/00000000000000aa")


@asynccontextmanager
async def _running(settings: NodeSettings, keys: RegionKeys) -> AsyncIterator[NodeAuditor]:
    node = make_auditor(settings, keys)
    task = asyncio.create_task(node.auditor.run())
    try:
        yield node
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await node.derived_shipping.close()
        node.writer.close()


async def _until(node: NodeAuditor, count: int) -> None:
    async with asyncio.timeout(90):
        while sum(head.number for head in node.writer.heads().values()) < count:  # noqa: ASYNC110 - it says nothing
            await asyncio.sleep(LOOK_SECONDS)


@in_full_only
async def test_entries_arrive_and_a_broker_that_hangs_only_delays(
    broker: Broker, settings: NodeSettings, keys: RegionKeys
) -> None:
    chain = _chain(settings)
    async with _running(settings, keys) as node:
        chain.write(entries(3))
        await _until(node, 3)
        with paused(broker):
            chain.write(entries(3, 3))
            async with asyncio.timeout(60):
                while not node.auditor.trouble:  # noqa: ASYNC110 - it says nothing
                    await asyncio.sleep(LOOK_SECONDS)
        await _until(node, 6)
        assert node.writer.books.counts() == {}


async def test_a_lost_trail_is_made_again_of_what_retention_has_left(
    broker: Broker, settings: NodeSettings, keys: RegionKeys
) -> None:
    chain = _chain(settings)
    async with _running(settings, keys) as node:
        for first in (0, 2, 4, 6):
            chain.write(entries(2, first))
            await _until(node, first + 2)
        chain.close()
        assert node.spools.clear(node.writer.heads()) == 1
    await delete_records(broker.bootstrap, audit_log(settings.region), 2)
    settings.trail_directory.rename(settings.directory / "lost")
    async with _running(settings, keys) as node:
        await _until(node, 8)
        assert [(hole.first, hole.last) for hole in node.writer.books.holes()] == [(1, 4)]


async def test_a_topic_that_was_made_anew_is_gone_on_with(
    broker: Broker, settings: NodeSettings, keys: RegionKeys
) -> None:
    chain = _chain(settings)
    chain.write(entries(2))
    async with _running(settings, keys) as node:
        await _until(node, 2)
    await delete_topic(broker.bootstrap, audit_log(settings.region))
    chain.write(entries(2, 2))
    async with _running(settings, keys) as node:
        await _until(node, 4)
        assert node.writer.books.counts() == {"new logs": 1}
        assert node.writer.books.holes() == []
