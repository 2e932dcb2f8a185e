"""What only the log on Kafka meets: brokers that crash or are away, and topics that are missing, unsafe or replaced."""

import asyncio
import gc
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from replication.kafka.log import KafkaLog
from replication.kafka.settings import REQUIRED_SETTINGS, dangers_of, expiring_settings
from replication.kafka.topic import AnotherCluster
from replication.log.event_log import AppendUnknown, LogTruncated, LogUnavailable, LogUnsafe
from services.local_kafka.broker import Broker, free_port
from tests.contract.kafka_broker import local_broker, paused
from tests.contract.logs import create_topic, delete_records, delete_topic, eventually

DEADLINE_SECONDS = 1.5
LONG_DEADLINE_SECONDS = 8.0
"""In which an answer comes on the busiest machine, where the broker is there."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that the tests may kill: each leaves it running."""
    with local_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def name() -> str:
    return f"keytide.test-{uuid.uuid4()}.local"


@pytest.fixture
async def log(broker: Broker, name: str) -> AsyncIterator[KafkaLog]:
    log = await KafkaLog.open(name, broker.bootstrap, 2, deadline_seconds=DEADLINE_SECONDS)
    yield log
    await log.close()


@pytest.fixture
async def patient_log(broker: Broker, name: str) -> AsyncIterator[KafkaLog]:
    log = await KafkaLog.open(name, broker.bootstrap, 2, deadline_seconds=LONG_DEADLINE_SECONDS)
    yield log
    await log.close()


def safe_settings() -> dict[str, str]:
    return {setting.name: setting.value for setting in REQUIRED_SETTINGS}


async def records(log: KafkaLog, partition: int = 0) -> list[bytes]:
    return [entry.record for entry in await log.read(partition, 0, 100_000)]


async def bounded(call: Any) -> None:
    """Await the call, which must fail, and that within the log's deadline (and a little for a busy machine)."""
    began = time.monotonic()
    try:
        await call
    finally:
        assert time.monotonic() - began < DEADLINE_SECONDS + 3


async def test_acknowledged_records_survive_a_broker_killed_at_any_moment(
    broker: Broker, patient_log: KafkaLog
) -> None:
    log = patient_log
    acknowledged: list[bytes] = []

    async def write() -> None:
        while True:
            record = f"record {len(acknowledged)}".encode()
            await log.append(0, [record])
            acknowledged.append(record)

    async def some_are_written() -> bool:
        return len(acknowledged) > 10 or writing.done()

    writing = asyncio.create_task(write())
    await eventually(some_are_written, 60)
    broker.kill()
    with pytest.raises(AppendUnknown):
        await writing
    await asyncio.to_thread(broker.start)
    await eventually(lambda: is_readable(log), 60)
    found = await records(log)
    assert len(acknowledged) > 10
    assert found[: len(acknowledged)] == acknowledged
    # At most the one whose outcome was unknown.
    assert len(found) <= len(acknowledged) + 1
    await log.append(0, [b"after the restart"])
    assert (await records(log))[-1] == b"after the restart"


async def test_a_broker_that_is_away_is_reported_within_the_deadline(broker: Broker, log: KafkaLog) -> None:
    await log.append(0, [b"before"])
    broker.kill()
    try:
        with pytest.raises(AppendUnknown):
            await bounded(log.append(0, [b"unknown"]))
        with pytest.raises(AppendUnknown):
            await bounded(log.append(0, [b"unknown too"]))
        with pytest.raises(LogUnavailable, match="cannot be asked"):
            await bounded(log.read(0, 0, 10))
        with pytest.raises(LogUnavailable, match="cannot be asked"):
            await bounded(log.end(0))
        with pytest.raises(LogUnavailable, match="cannot be asked"):
            await bounded(log.identity())
    finally:
        await asyncio.to_thread(broker.start)
    await log.append(0, [b"after"])
    # The producer of the unknown records was fenced: they do not come later, out of nowhere.
    assert await records(log) == [b"before", b"after"]


async def test_a_broker_that_hangs_holds_nobody_past_the_deadline(broker: Broker, log: KafkaLog) -> None:
    """It takes connections and answers nothing, as behind a cut cable; a killed one refuses at least."""
    await log.append(0, [b"before"])
    with paused(broker):
        unknown = (log.append(0, [b"unknown"]), log.append(1, [b"unknown"]))
        unread = (log.read(0, 0, 10), log.end(0), log.identity(), log.look(ends=True))
        calls = [asyncio.create_task(bounded(call)) for call in (*unknown, *unread)]
        calls.append(asyncio.create_task(bounded(opened(broker, log.name))))
        failures = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(failure) for failure in failures] == [AppendUnknown] * 2 + [LogUnavailable] * 5
        assert {str(failure).partition(": ")[2] for failure in failures[2:]} == {
            "it does not answer in time (no answer in time)"
        }
        assert log.figures.told()["reachable"] == 0.0
        assert set(log.figures.brokers.values()) == {False}
    await eventually(lambda: is_usable(log))
    await log.look(ends=True)
    assert log.figures.told()["reachable"] == 1.0
    assert set(log.figures.brokers.values()) == {True}


async def opened(broker: Broker, name: str) -> KafkaLog:
    return await KafkaLog.open(name, broker.bootstrap, 2, deadline_seconds=DEADLINE_SECONDS)


async def is_readable(log: KafkaLog) -> bool:
    try:
        await log.end(0)
    except LogUnavailable:
        return False
    return True


async def is_usable(log: KafkaLog) -> bool:
    try:
        await log.append(0, [b"after"])
    except AppendUnknown:
        return False
    return True


async def test_what_is_unread_is_the_lag(broker: Broker, log: KafkaLog) -> None:
    await log.append(0, [b"one", b"two", b"three"])
    await log.read(0, 0, 1)
    await log.look(ends=True)
    assert log.figures.told()["lag"] == 2.0
    await log.read(0, 1, 10)
    assert log.figures.told()["lag"] == 0.0
    assert log.figures.told()["last_append_timestamp_seconds"] == pytest.approx(time.time(), abs=60)


async def test_a_waiting_read_outlives_a_restart_of_the_broker(broker: Broker, name: str) -> None:
    log = await KafkaLog.open(name, broker.bootstrap, 1)
    waiting = asyncio.create_task(log.read(0, 0, 10, wait_seconds=30))
    await asyncio.sleep(0.1)
    broker.kill()
    await asyncio.to_thread(broker.start)
    await log.append(0, [b"news"])
    assert [entry.record for entry in await waiting] == [b"news"]
    await log.close()


async def test_closing_while_the_broker_is_away_ends(broker: Broker, name: str) -> None:
    log = await KafkaLog.open(name, broker.bootstrap, 1, deadline_seconds=DEADLINE_SECONDS)
    await log.append(0, [b"before"])
    broker.kill()
    try:
        appending = asyncio.create_task(log.append(0, [b"unknown"]))
        await asyncio.sleep(0.1)
        await bounded(log.close())
        with pytest.raises(AppendUnknown):
            await appending
    finally:
        await asyncio.to_thread(broker.start)


async def test_no_broker_at_all_is_unavailable() -> None:
    with pytest.raises(LogUnavailable, match="cannot be asked"):
        await bounded(KafkaLog.open("log", f"127.0.0.1:{free_port()}", 1, deadline_seconds=0.5))


async def test_a_topic_that_lost_its_beginning_or_its_end_says_which(broker: Broker, log: KafkaLog) -> None:
    await log.append(0, [b"one", b"two", b"three"])
    with pytest.raises(LogTruncated, match="ends at 3, and 5 was there: it was wiped, or has lost its end"):
        await log.read(0, 5, 10)
    await delete_records(broker.bootstrap, log.name, before=2)
    with pytest.raises(LogTruncated, match="begins at 2: what stood from 1 on has been deleted"):
        await log.read(0, 1, 10)
    assert [entry.record for entry in await log.read(0, 2, 10)] == [b"three"]


async def test_another_cluster_is_no_wiped_log(broker: Broker, log: KafkaLog, name: str) -> None:
    cluster_id = (await log.identity()).partition("/")[0]
    assert cluster_id == broker.cluster_id
    same = await KafkaLog.open(log.name, broker.bootstrap, 2, cluster_id=cluster_id)
    await same.close()
    with pytest.raises(AnotherCluster, match=f"are of the cluster {cluster_id}, and the log is in elsewhere"):
        await KafkaLog.open(log.name, broker.bootstrap, 2, cluster_id="elsewhere")
    # Behind the same address another cluster may answer one day.
    log._topic._cluster_id = "elsewhere"
    for call in (log.identity(), log.look(ends=False)):
        with pytest.raises(AnotherCluster):
            await call


async def test_any_reachable_broker_of_the_list_will_do(broker: Broker, name: str) -> None:
    log = await KafkaLog.open(name, f"127.0.0.1:{free_port()}, {broker.bootstrap}", 1)
    await log.append(0, [b"record"])
    assert await records(log) == [b"record"]
    await log.close()


async def test_a_missing_topic_is_unavailable(broker: Broker, name: str) -> None:
    with pytest.raises(LogUnavailable, match="does not exist"):
        await bounded(KafkaLog.open(name, broker.bootstrap, 1, create=False, deadline_seconds=DEADLINE_SECONDS))


async def test_nodes_that_make_the_same_topic_at_once_open_the_same_log(broker: Broker, name: str) -> None:
    """Kafka answers the later one with an error in the list of topics, and with nothing else."""
    opening = (KafkaLog.open(name, broker.bootstrap, 1, deadline_seconds=DEADLINE_SECONDS) for _ in range(8))
    logs = await asyncio.gather(*opening)
    await logs[0].append(0, [b"record"])
    for log in logs:
        assert await records(log) == [b"record"]
        await log.close()


async def test_a_topic_that_goes_missing_is_unavailable(broker: Broker, log: KafkaLog) -> None:
    await log.append(0, [b"record"])
    await delete_topic(broker.bootstrap, log.name)
    for call in (log.read(0, 0, 10), log.end(0), log.identity()):
        with pytest.raises(LogUnavailable, match="does not exist"):
            await bounded(call)
    with pytest.raises(AppendUnknown):
        await bounded(log.append(0, [b"record"]))


async def test_a_topic_replaced_under_an_open_log_is_noticed(broker: Broker, log: KafkaLog) -> None:
    await log.append(0, [b"one", b"two"])
    identity, end = await log.identity(), await log.end(0)
    await delete_topic(broker.bootstrap, log.name)
    await create_topic(broker.bootstrap, log.name, safe_settings(), 2)
    assert await log.identity() != identity
    with pytest.raises(LogTruncated):
        await log.read(0, end, 10)
    with pytest.raises(AppendUnknown):
        await log.append(0, [b"three"])
    with pytest.raises(LogTruncated, match="was wiped: the topic was"):
        await log.look(ends=False)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("cleanup.policy", "compact"),
        ("retention.ms", "604800000"),
        ("retention.bytes", "1000000"),
        ("unclean.leader.election.enable", "true"),
        ("compression.type", "producer"),
        ("max.message.bytes", "1048588"),
    ],
)
async def test_unsafe_settings_are_refused_by_name(broker: Broker, name: str, setting: str, value: str) -> None:
    await create_topic(broker.bootstrap, name, safe_settings() | {setting: value}, 1)
    with pytest.raises(
        LogUnsafe, match=rf"{setting}={value} must be .*kafka-configs.sh .*--entity-name {name} --add-config {setting}="
    ):
        await KafkaLog.open(name, broker.bootstrap, 1)


async def test_another_number_of_partitions_is_refused(broker: Broker, name: str) -> None:
    await create_topic(broker.bootstrap, name, safe_settings(), 3)
    with pytest.raises(LogUnsafe, match="has 3 partitions, the settings say 4"):
        await KafkaLog.open(name, broker.bootstrap, 4)


async def test_a_topic_is_made_with_the_replicas_that_are_set(broker: Broker, name: str) -> None:
    log = await KafkaLog.open(name, broker.bootstrap, 1, replicas=1)
    await log.close()
    with pytest.raises(LogUnsafe, match=r"has 1 replicas and must have 3"):
        await KafkaLog.open(name, broker.bootstrap, 1, replicas=3)


async def test_a_cluster_that_has_not_so_many_brokers_makes_no_topic(broker: Broker, name: str) -> None:
    with pytest.raises(LogUnavailable, match="cannot be created"):
        await KafkaLog.open(name, broker.bootstrap, 1, replicas=2, deadline_seconds=DEADLINE_SECONDS)
    with pytest.raises(LogUnavailable):
        await KafkaLog.open(name, broker.bootstrap, 1, create=False, deadline_seconds=DEADLINE_SECONDS)


@pytest.mark.parametrize(
    ("replicas", "in_sync", "wanted", "named"),
    [
        (1, "1", None, ""),
        (1, "1", 1, ""),
        (1, "1", 2, "1 replicas and must have 2"),
        (2, "1", 2, "min.insync.replicas=1"),
        (2, "1", None, "min.insync.replicas=1"),
        (3, "1", 3, "min.insync.replicas=1"),
        (2, "2", 2, ""),
        (3, "2", 2, ""),
        (3, "3", None, ""),
        (1, "2", None, "nothing can be written"),
        (2, "3", None, "nothing can be written"),
        (2, "2", 3, "2 replicas and must have 3"),
    ],
)
def test_two_replicas_hold_what_is_acknowledged_wherever_there_are_two(
    replicas: int, in_sync: str, wanted: int | None, named: str
) -> None:
    dangers = dangers_of(safe_settings() | {"min.insync.replicas": in_sync}, replicas, wanted)
    assert [named in danger.sentence for danger in dangers] == [True] * bool(named)


def test_only_a_log_that_is_kept_for_a_while_may_expire() -> None:
    expiring = safe_settings() | {"retention.ms": "1000", "retention.bytes": "5"}
    assert len(dangers_of(expiring, 1, None)) == 2
    assert dangers_of(expiring, 1, None, expiring_settings(86_400_000)) == []
    compacted = expiring | {"cleanup.policy": "compact"}
    assert len(dangers_of(compacted, 1, None, expiring_settings(86_400_000))) == 1


async def test_markers_of_transactions_leave_gaps_and_are_no_entries(broker: Broker, log: KafkaLog) -> None:
    await log.append(0, [b"before"])
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id=log.name)
    await producer.start()
    try:
        for number in range(3):
            async with producer.transaction():
                await producer.send_and_wait(log.name, f"mirrored {number}".encode(), partition=0)
    finally:
        await producer.stop()

    async def marked() -> bool:
        return await log.end(0) == 7

    await eventually(marked)  # the last marker is written a moment after the transaction has been acknowledged
    assert await log.read(0, 6, 10) == []
    await log.append(0, [b"after"])
    entries = await log.read(0, 0, 100)
    assert [entry.record for entry in entries] == [b"before", b"mirrored 0", b"mirrored 1", b"mirrored 2", b"after"]
    assert [entry.position for entry in entries] == [0, 1, 3, 5, 7]


async def test_a_compressed_or_empty_record_of_somebody_else_stops_nobody(broker: Broker, log: KafkaLog) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, compression_type="gzip")
    await producer.start()
    try:
        await producer.send_and_wait(log.name, b"compressed" * 100, partition=0)
        await producer.send_and_wait(log.name, None, key=b"deletes", partition=0)
    finally:
        await producer.stop()
    assert await records(log) == [b"compressed" * 100, b""]


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 3, 5, 8])
async def test_an_append_that_was_cancelled_leaves_the_log_usable(log: KafkaLog, milliseconds: int) -> None:
    """Early ones are cancelled while the producer starts; a connection that is left open fails the test."""
    appending = asyncio.create_task(log.append(0, [b"unknown"] * 1000))
    await asyncio.sleep(milliseconds / 1000)
    appending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await appending
    await log.append(0, [b"last"])
    assert (await records(log))[-1] == b"last"
    gc.collect()
