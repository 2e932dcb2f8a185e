"""The scrub of a region on a real broker: through the log's contract, on connections of its own."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from services.local_kafka.broker import Broker
from services.region_node.replicator.node_logs import NodeLogs, onlooking_logs, open_own_logs
from services.region_node.settings.settings import Address, KafkaSettings, NodeSettings
from tests.replication.written_log import HOME
from tests.services.region_node.scrubbed_region import PARTITIONS, ScrubbedRegion


@pytest.fixture
async def logs(broker: Broker, tmp_path: Path) -> AsyncIterator[tuple[NodeSettings, NodeLogs]]:
    address, kafka = Address("127.0.0.1", 0), KafkaSettings(broker.bootstrap, development=True)
    settings = NodeSettings(HOME, address, address, partitions=PARTITIONS, log=kafka)
    settings = replace(settings, directory=tmp_path)
    logs = await open_own_logs(settings)
    yield settings, logs
    await logs.close()


async def test_what_was_written_into_the_topics_is_found_and_nothing_before(
    logs: tuple[NodeSettings, NodeLogs],
) -> None:
    settings, own = logs
    region = ScrubbedRegion(300)
    for log, written in ((own.local, region.local), (own.shared, region.shared)):
        for partition in range(PARTITIONS):
            await log.append(partition, written.entries[partition])
    scrub = region.scrub_of(partial(onlooking_logs, settings, own), 1 << 30)
    async with onlooking_logs(settings, own) as onlooking:
        assert onlooking.local is not own.local
    await scrub.read_all()
    assert (dict(region.status.alarms), region.troubles) == ({}, {})
    await own.shared.append(1, [b"junk", region.shared.entries[0][0]])
    await scrub.read_all()
    assert dict(region.status.alarms) == {"foreign": 2}
