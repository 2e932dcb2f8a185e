"""A cluster of three brokers: whose leader is killed while it is written to, and what is told of it meanwhile."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from replication.kafka.log import KafkaLog
from replication.log.event_log import AppendUnknown
from services.local_kafka.broker import Broker
from services.region_node.kafka.watch import KafkaWatch
from tests.contract.kafka_cluster import BROKERS, bootstrap, local_cluster
from tests.contract.logs import eventually
from tests.thoroughness import in_full_only

NAME = "keytide.eu-west-1.local"
PARTITIONS = 3


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Broker]]:
    with local_cluster(tmp_path_factory.mktemp("kafka")) as brokers:
        yield brokers


class Writing:
    """Writes numbered records to one partition; one that is unknown is looked for, and written again if it lacks."""

    def __init__(self, log: KafkaLog, partition: int) -> None:
        self._log, self._partition = log, partition
        self.acknowledged: list[bytes] = []
        self.unknown = 0
        self.stopping = False

    async def run(self) -> None:
        while not self.stopping:
            record = f"record {len(self.acknowledged)} of {self._partition}".encode()
            try:
                await self._log.append(self._partition, [record])
            except AppendUnknown:
                self.unknown += 1
                continue
            self.acknowledged.append(record)


@in_full_only
async def test_a_leader_killed_under_load_loses_nothing_that_was_acknowledged(brokers: list[Broker]) -> None:
    log = await KafkaLog.open(NAME, bootstrap(brokers), PARTITIONS, replicas=BROKERS)
    watch = KafkaWatch(lambda place, reason: troubles.update({place: reason}))
    troubles: dict[str, str] = {}
    watch.add(log)
    writings = [Writing(log, partition) for partition in range(PARTITIONS)]
    running = [asyncio.create_task(writing.run()) for writing in writings]
    await eventually(lambda: have_written(writings, 50))
    leaders = (await log._topic.visible()).leaders
    (victim,) = [broker for broker in brokers if broker.port == leaders[0][1]]
    began = time.monotonic()
    victim.kill()
    before = [len(writing.acknowledged) for writing in writings]
    await eventually(lambda: have_written(writings, max(before) + 50), seconds=30)
    away = time.monotonic() - began
    await watch.look()
    assert f"127.0.0.1:{victim.port}" in troubles[f"Kafka {NAME}"]
    assert watch.told()["logs"][NAME]["under_replicated_partitions"] == PARTITIONS
    assert watch.told()["brokers"][f"127.0.0.1:{victim.port}"] == 0.0
    for writing in writings:
        writing.stopping = True
    await asyncio.gather(*running)
    for writing in writings:
        await require_all(log, writing)
    assert away < 30
    await log.close()


async def have_written(writings: list[Writing], many: int) -> bool:
    return all(len(writing.acknowledged) >= many for writing in writings)


async def require_all(log: KafkaLog, writing: Writing) -> None:
    """Every acknowledged record stands in the log, in its order; one that was unknown may stand there again."""
    found: list[bytes] = []
    while len(found) < await log.end(writing._partition):
        found += [entry.record for entry in await log.read(writing._partition, len(found), 10_000)]
    assert list(dict.fromkeys(found))[: len(writing.acknowledged)] == writing.acknowledged
    assert len(found) <= len(writing.acknowledged) + writing.unknown
