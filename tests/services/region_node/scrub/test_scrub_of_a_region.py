"""The scrub in a running replicator: what was done to the embedded log behind the state is told, and stops nothing."""

from dataclasses import replace
from pathlib import Path

import lmdb
import pytest

from replication.log.embedded_log import EmbeddedLogs
from replication.log.event_log import LogCorrupt
from replication.sharing.publication import local_log, shared_log
from services.region_node.replicator.node_logs import onlooking_logs, open_own_logs
from services.region_node.settings.settings import NodeSettings
from shared.identifiers import partition_of
from tests.services.region_node.running_replicator import (
    ACCOUNT,
    PARTITIONS,
    REGIONS,
    RunningRegion,
    eventually,
    regions,
)

HOME = REGIONS[0]
PARTITION = partition_of(ACCOUNT, PARTITIONS)
LOCAL, SHARED = f"{local_log(HOME)}/{PARTITION}", f"{shared_log(HOME)}/{PARTITION}"


def quick(region: RunningRegion, rate: int = 10 << 20) -> None:
    region.settings = replace(region.settings, scrub_bytes_per_second=rate)


def completed(region: RunningRegion) -> float:
    gauges = region.told["gauges"]
    assert isinstance(gauges, dict)
    return float(gauges["scrub_completed_timestamp_seconds"])


def tamper(settings: NodeSettings, partition: str, position: int, record: bytes | None) -> None:
    """Put or take away an entry of the log while nobody has it open."""
    with lmdb.open(str(settings.log_directory), max_dbs=50) as environment:
        database = environment.open_db(partition.encode(), create=False)
        with environment.begin(db=database, write=True) as transaction:
            key = position.to_bytes(8, "big")
            assert transaction.delete(key) if record is None else transaction.put(key, record)


async def with_keys(region: RunningRegion) -> None:
    """Ten multi-region keys, published, and the region stopped."""
    region.start()
    await region.ready()
    for _ in range(10):
        await region.create_key()
    number = region.replicator._materializer.head(PARTITION).head.sequence
    assert number > 10
    await eventually(lambda: region.replicator._partitions[PARTITION].publisher.published == 10)
    await region.stop()


async def test_an_honest_region_is_read_through_after_each_start() -> None:
    async with regions(HOME) as made:
        region = made[HOME]
        quick(region)
        for _ in range(2):
            await with_keys_or_start(region)
            await eventually(lambda: completed(region) > 0)
            assert (region.told["counters"], region.told["troubles"]) == ({}, {})
            await region.stop()


async def with_keys_or_start(region: RunningRegion) -> None:
    if not region.settings.log_directory.exists():
        await with_keys(region)
    region.start()
    await region.ready()


@pytest.mark.parametrize(
    ("log", "record", "alarms"),
    [
        (LOCAL, b"flipped", {"alarms_foreign", "alarms_missing"}),
        (LOCAL, None, {"alarms_missing", "alarms_unreadable"}),
        (SHARED, b"flipped", {"alarms_foreign", "alarms_missing"}),
    ],
)
async def test_damage_behind_the_state_is_told_and_the_region_goes_on(
    log: str, record: bytes | None, alarms: set[str]
) -> None:
    async with regions(HOME) as made:
        region = made[HOME]
        quick(region)
        await with_keys(region)
        tamper(region.settings, log, 4, record)
        region.start()
        await region.ready()
        await eventually(lambda: completed(region) > 0)
        told = region.told
        assert told["ready"] is True
        assert isinstance(told["counters"], dict)
        assert set(told["counters"]) & alarms
        assert isinstance(told["troubles"], dict)
        assert list(told["troubles"]) == [f"scrub of {log}"]
        await region.create_key()


async def test_a_scrub_that_is_off_is_not_told_of() -> None:
    async with regions(HOME) as made:
        region = made[HOME]
        quick(region, 0)
        region.start()
        await region.ready()
        gauges = region.told["gauges"]
        assert isinstance(gauges, dict)
        assert not [name for name in gauges if name.startswith("scrub")]


async def test_damage_that_an_onlooker_meets_stops_no_append(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = local_log(HOME)
    logs = EmbeddedLogs.open(tmp_path, {name: 1})
    log = logs[name]
    await log.append(0, [b"record"])

    def read(*_: object) -> None:
        raise LogCorrupt("a page is damaged")

    with monkeypatch.context() as damaged:
        damaged.setattr(logs._environment, "read", read)
        with pytest.raises(LogCorrupt):
            await log.onlooker().read(0, 0, 1)
    await log.append(0, [b"another"])
    assert [entry.record for entry in await log.onlooker().read(0, 0, 9)] == [b"record", b"another"]
    await logs.close()


async def test_onlookers_leave_the_embedded_logs_open() -> None:
    async with regions(HOME) as made:
        settings = made[HOME].settings
        logs = await open_own_logs(settings)
        async with onlooking_logs(settings, logs) as onlooking:
            assert [log.name for log in onlooking] == [log.name for log in logs]
        await logs.local.append(0, [b"record"])
        await logs.close()
