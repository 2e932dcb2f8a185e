"""A region whose log is a real Kafka is backed up, loses its topics, and is restored into new ones."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from replication.sharing.publication import local_log, shared_log
from services.backup.archive_file import ArchiveReader
from services.backup.faults import CannotRestore
from services.backup.restoring import Wanted, restore_archive
from services.local_kafka.broker import Broker
from services.region_node.rebuild.beginning import CannotRebuild, require_new_topics
from services.region_node.settings.settings import KafkaSettings
from tests.contract.kafka_broker import local_broker
from tests.contract.logs import delete_topic
from tests.services.backup.backed_region import REGION, BackedRegion, backed_region, placed, running, shares_of
from tests.services.region_node.running_replicator import PARTITIONS, RunningRegion

KEYS = 40


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with local_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def region(broker: Broker) -> Iterator[BackedRegion]:
    with backed_region(KEYS, KafkaSettings(broker.bootstrap, development=True)) as made:
        yield made
    asyncio.run(lose_topics(broker))


async def lose_topics(broker: Broker) -> None:
    for name in (local_log(REGION), shared_log(REGION)):
        await delete_topic(broker.bootstrap, name)


def test_a_region_is_restored_into_new_topics_and_goes_on(broker: Broker, region: BackedRegion, tmp_path: Path) -> None:
    manifest, key = region.archive(tmp_path / "archive")
    directory = region.root.with_name("restored")
    shares, wanted = shares_of(key, 1, 3), Wanted(REGION, directory)
    with pytest.raises(CannotRestore, match=r"keytide\.us-east-1\.local is not empty"):
        asyncio.run(restore_archive(ArchiveReader(tmp_path / "archive"), shares, wanted, region.restoring))
    assert not directory.exists()
    shutil.rmtree(region.settings.directory)
    asyncio.run(lose_topics(broker))
    asyncio.run(restore_archive(ArchiveReader(tmp_path / "archive"), shares, wanted, region.restoring))
    sequences = tuple(head.sequence for head in manifest.heads)
    asyncio.run(_require_whole(running(placed(region.settings, directory)), region, sequences))


async def _require_whole(after: RunningRegion, region: BackedRegion, sequences: tuple[int, ...]) -> None:
    after.start()
    try:
        await after.ready()
        await after.speaks()
        assert [after.opened(key_id) is not None for key_id in region.key_ids] == [True] * KEYS
        heads = [after.replicator._materializer.head(number).head.sequence for number in range(PARTITIONS)]
        assert heads == [sequence + 1 for sequence in sequences], "and the opening of a greater incarnation"
        assert await after.create_key()
    finally:
        await after.stop()


def test_a_rebuild_begins_with_new_topics_alone(broker: Broker, region: BackedRegion) -> None:
    with pytest.raises(CannotRebuild, match=r"keytide\.us-east-1\.local is not empty"):
        asyncio.run(require_new_topics(region.settings))
    asyncio.run(lose_topics(broker))
    asyncio.run(require_new_topics(region.settings))
