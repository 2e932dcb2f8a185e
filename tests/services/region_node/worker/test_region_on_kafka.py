"""A region whose log is on Kafka: what it tells of the log, and what a change meets whose broker hangs."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from replication.kafka.append import KafkaAppender
from replication.kafka.connection import KafkaConnections
from replication.kafka.figures import KafkaFigures
from replication.kafka.log import KafkaLog
from replication.kafka.topic import KafkaTopic
from replication.writing.draft import UNKNOWN, Draft
from services.local_kafka.broker import Broker
from services.region_node.kafka.watch import KafkaWatch
from services.region_node.metrics import render
from services.region_node.replicator.client import ReplicatorClient, ToldStatus
from services.region_node.settings.settings import Address, KafkaSettings, NodeSettings
from tests.contract.kafka_broker import paused
from tests.contract.logs import delete_topic
from tests.services.region_node.running_replicator import KEYS, PARTITIONS, RunningRegion, eventually

REGION = "ap-southeast-2"
LOCAL = f"keytide.{REGION}.local"
SUBMIT_SECONDS = 3.0


@pytest.fixture
def settings(broker: Broker, tmp_path: Path) -> NodeSettings:
    address, kafka = Address("127.0.0.1", 0), KafkaSettings(broker.bootstrap, development=True)
    settings = NodeSettings(REGION, address, address, partitions=PARTITIONS, log=kafka, directory=tmp_path)
    return replace(settings, replicator_socket=tmp_path / "replicator.sock")


@pytest.fixture
async def region(settings: NodeSettings) -> AsyncIterator[RunningRegion]:
    region = RunningRegion(settings, KEYS[REGION])
    region.client = ReplicatorClient(settings.replicator_socket, deadline=SUBMIT_SECONDS)
    region.start()
    await region.ready()
    yield region
    await region.stop()


async def figures(region: RunningRegion) -> dict[str, float]:
    """Every series of the logs on Kafka, as Prometheus is told."""
    lines = render(REGION, {}, await region.client.status()).decode().splitlines()
    return {line.split()[0]: float(line.split()[1]) for line in lines if line.startswith("keytide_kafka_")}


async def test_a_hanging_broker_holds_no_change_past_its_deadline_and_is_told(
    region: RunningRegion, broker: Broker
) -> None:
    key_id = await region.create_key()
    watch = region.replicator._status.kafka
    await watch.look()
    told = await figures(region)
    log, named = f'log="{LOCAL}",region="{REGION}"', f'broker="{broker.bootstrap}",region="{REGION}"'
    assert told[f"keytide_kafka_reachable{{{log}}}"] == told[f"keytide_kafka_broker_up{{{named}}}"] == 1
    assert told[f"keytide_kafka_lag{{{log}}}"] == told[f"keytide_kafka_under_replicated_partitions{{{log}}}"] == 0
    assert told[f"keytide_kafka_last_append_timestamp_seconds{{{log}}}"] == pytest.approx(time.time(), abs=60)
    assert f'keytide_kafka_lag{{log="keytide.{REGION}.shared",region="{REGION}"}}' not in told
    with paused(broker):
        looking = asyncio.create_task(watch.look())
        began = time.monotonic()
        answers = await asyncio.gather(*(region.client.submit(Draft(0, None, ())) for _ in range(20)))
        assert time.monotonic() - began < SUBMIT_SECONDS + 1
        assert {answer.verdict for answer in answers} <= {UNKNOWN, "unavailable"}
        assert region.opened(key_id) is not None
        await looking
        told, status = await figures(region), await region.client.status()
        assert told[f"keytide_kafka_reachable{{{log}}}"] == told[f"keytide_kafka_broker_up{{{named}}}"] == 0
        assert told[f"keytide_kafka_retries_total{{{log}}}"] + told[f"keytide_kafka_unknown_appends_total{{{log}}}"] > 0
        assert "it does not answer in time" in status.troubles[f"Kafka {LOCAL}"]
    await watch.look()
    await eventually(lambda: region.told["troubles"] == {})
    assert await region.create_key()


async def test_a_topic_that_was_wiped_is_not_served_and_says_so(region: RunningRegion, broker: Broker) -> None:
    await region.create_key()
    await region.stop()
    await delete_topic(broker.bootstrap, LOCAL)
    region.start()
    await eventually(lambda: "it was wiped or made anew as" in region.reason)
    assert not region.told["ready"]


async def test_unsafe_settings_keep_a_region_from_starting(settings: NodeSettings) -> None:
    assert isinstance(settings.log, KafkaSettings)
    careful = RunningRegion(replace(settings, log=replace(settings.log, development=False)), KEYS[REGION])
    careful.start()
    await eventually(lambda: "it has 1 replicas and must have 3" in careful.reason)
    assert "kafka-reassign-partitions.sh" in careful.reason
    assert "set development" in careful.reason
    await careful.stop()


def test_logs_that_are_embedded_tell_nothing_of_kafka() -> None:
    watch = KafkaWatch(lambda _place, _reason: None)
    watch.add(object())
    status = ToldStatus(True, "", {}, {}, {}, {}, watch.told())
    assert "kafka" not in render(REGION, {}, status).decode()


def test_a_broker_is_up_where_every_log_has_found_it() -> None:
    """Logs are looked at one by one: the last look of one may be older than the fall of the broker."""
    watch, one, other = KafkaWatch(lambda _place, _reason: None), unasked_log("one"), unasked_log("other")
    watch.add(one)
    watch.add(other, followed=False)
    address = ("k", 9092)
    for log in (one, other):
        log.figures.brokers = {address: True}
    assert watch.told()["brokers"] == {"k:9092": 1.0}
    one.figures.saw_nobody()
    assert watch.told()["brokers"] == {"k:9092": 0.0}


def unasked_log(name: str) -> KafkaLog:
    figures = KafkaFigures()
    topic = KafkaTopic(name, KafkaConnections("k:9092", {}, 1), None, figures)
    return KafkaLog(name, 1, topic, KafkaAppender(name, "k:9092", {}, 1, figures), figures)
