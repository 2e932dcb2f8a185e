"""The scrub of a running region: what it reads, how fast, and how a finding is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from replication.event_log import LogCorrupt, LogTruncated, LogUnavailable
from replication.memory_store import MemoryStore
from replication.publication import local_log, shared_log
from replication.state_store import OUTBOX, numbered_key
from services.region_node.node_logs import NodeLogs
from services.region_node.replicator_status import ReplicatorStatus
from services.region_node.scrub_findings import ScrubFindings
from services.region_node.scrubbing import ENTRY_BYTES, READ_BYTES, Pace, Scrub, Scrubbed
from tests.replication.folding import Folding
from tests.replication.scripted_log import ScriptedLog
from tests.replication.virtual_time import in_virtual_time
from tests.replication.written_log import HOME, IDENTITIES, PEER, WrittenLog, created, sealed_record, shared_form

PARTITIONS = 2
RATE = 10_000
PAUSE = 3600.0
LOCAL_PLACE, SHARED_PLACE = f"scrub of {local_log(HOME)}/1", f"scrub of {shared_log(HOME)}/1"


class Region:
    """Two partitions, folded and published; the scrub that reads them, and what it tells."""

    def __init__(self, records: int = 20) -> None:
        self.local, self.shared = (ScriptedLog(name, PARTITIONS) for name in (local_log(HOME), shared_log(HOME)))
        self.store = MemoryStore()
        self.status = ReplicatorStatus()
        self.now = 0
        self.not_opened = 0
        self.logs = [WrittenLog(partition=partition) for partition in range(PARTITIONS)]
        for log in self.logs:
            log.open()
        self.grow(records)
        identity = Folding().identity
        self.scrub = Scrub(
            Scrubbed(identity, IDENTITIES[HOME].public_bytes, self.store),
            self._opened,
            Pace(RATE, PAUSE),
            ScrubFindings(self.status.alarm, self.status.trouble),
            lambda: self.now,
        )

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[NodeLogs]:
        if self.not_opened:
            self.not_opened -= 1
            raise LogUnavailable("the broker is away")
        yield NodeLogs(self.local, self.shared)

    def grow(self, records: int) -> None:
        """More records of both partitions, every second of them published."""
        for log in self.logs:
            for number in range(records):
                shared = [shared_form(number, PEER)] if number % 2 else None
                log.write(created(len(log.records)), shared=shared)
            folding = Folding(self.store, partition=log.partition)
            known = self.local.entries[log.partition]
            folding.end = len(known)
            folding.apply(*log.records[len(known) :])
            known += log.records[len(known) :]
            self._publish(folding)

    def _publish(self, folding: Folding) -> None:
        for signed in folding.outbox():
            self.shared.entries[folding.partition].append(sealed_record(HOME, signed))
        with self.store.write() as transaction:
            for number in range(1, folding.head.shared.sequence + 1):
                transaction.delete(OUTBOX, numbered_key(folding.partition, number))

    @property
    def troubles(self) -> dict[str, str]:
        return self.status._troubles

    @property
    def size(self) -> int:
        return sum(
            len(record) + ENTRY_BYTES
            for log in (self.local, self.shared)
            for entries in log.entries
            for record in entries
        )


def elapsed() -> float:
    return asyncio.get_running_loop().time()


@in_virtual_time
async def test_an_honest_region_is_read_whole_and_nothing_is_told() -> None:
    region = Region()
    region.now = 5000
    assert region.scrub.gauges()["scrub_completed_timestamp_seconds"] == 0
    await region.scrub.read_all()
    assert region.scrub.gauges() == {
        "scrub_findings": 0,
        "scrub_progress": 1,
        "scrub_completed_timestamp_seconds": 5,
    }
    assert (dict(region.status.alarms), region.troubles) == ({}, {})


@in_virtual_time
async def test_no_more_is_read_than_the_rate_allows() -> None:
    region = Region(200)
    begin = elapsed()
    await region.scrub.read_all()
    assert elapsed() - begin == pytest.approx(region.size / RATE, rel=0.001)
    assert region.size > 5 * READ_BYTES


@in_virtual_time
async def test_each_read_is_small_and_the_rest_follows_at_once() -> None:
    region = Region(200)
    reading = asyncio.create_task(region.scrub.read_all())
    await asyncio.sleep(0.01)
    before = region.scrub.gauges()["scrub_progress"]
    await asyncio.sleep(region.size / RATE / 2)
    assert before < region.scrub.gauges()["scrub_progress"] < 1
    await reading


@in_virtual_time
async def test_a_reading_begins_again_after_the_pause() -> None:
    region = Region()
    running = asyncio.create_task(region.scrub.run())
    await asyncio.sleep(region.size / RATE + 1)
    region.local.entries[1][3] = b"junk"
    await asyncio.sleep(PAUSE - 10)
    assert region.troubles == {}
    await asyncio.sleep(region.size / RATE + 10)
    assert list(region.troubles) == [LOCAL_PLACE]
    running.cancel()


@in_virtual_time
async def test_growth_during_a_reading_is_nothing() -> None:
    region = Region()
    reading = asyncio.create_task(region.scrub.read_all())
    while not reading.done():
        await asyncio.sleep(0.3)
        if region.size < 200_000:
            region.grow(3)
    await reading
    assert (dict(region.status.alarms), region.troubles) == ({}, {})


@in_virtual_time
async def test_a_finding_is_an_alarm_a_trouble_and_a_figure_and_the_region_stays_ready(
    caplog: pytest.LogCaptureFixture,
) -> None:
    region = Region()
    del region.local.entries[1][5]
    for _ in range(2):
        await region.scrub.read_all()
    assert dict(region.status.alarms) == {"missing": 2}
    assert region.scrub.gauges()["scrub_findings"] == 1
    assert list(region.troubles) == [LOCAL_PLACE]
    assert "keep a copy of state/" in region.troubles[LOCAL_PLACE]
    assert "`keytide verify`" in region.troubles[LOCAL_PLACE]
    assert [record.getMessage() for record in caplog.records] == ["alarm", "a log is in trouble"]
    region.local.entries[1] = list(region.logs[1].records)
    await region.scrub.read_all()
    assert (region.troubles, region.scrub.gauges()["scrub_findings"]) == ({}, 0)


@in_virtual_time
async def test_damage_of_the_shared_log_is_found_too() -> None:
    region = Region()
    del region.shared.entries[1][-1]
    region.shared.entries[1].insert(2, b"junk")
    await region.scrub.read_all()
    assert dict(region.status.alarms) == {"foreign": 1, "truncated": 1}
    assert list(region.troubles) == [SHARED_PLACE]
    assert region.troubles[SHARED_PLACE].startswith("2 found, the first: foreign: position 2")


@in_virtual_time
async def test_a_log_that_is_away_is_waited_for_and_no_finding() -> None:
    region = Region()
    region.not_opened, region.local.read_failures = 2, 3
    running = asyncio.create_task(region.scrub.run())
    await asyncio.sleep(5)
    assert region.troubles == {"scrub": "the broker is away"}
    await asyncio.sleep(30)
    assert list(region.troubles) == [f"scrub of {local_log(HOME)}/0"]
    await asyncio.sleep(100)
    assert (dict(region.status.alarms), region.troubles) == ({}, {})
    assert region.scrub.gauges()["scrub_progress"] == 1
    running.cancel()


@pytest.mark.parametrize(("error", "kind"), [(LogTruncated, "truncated"), (LogCorrupt, "unreadable")])
def test_what_hides_the_rest_of_a_partition_is_a_finding_and_the_others_are_read(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception], kind: str
) -> None:
    @in_virtual_time
    async def damaged() -> None:
        region = Region()
        honest = region.local.read

        async def read(partition: int, start: int, limit: int, **named: int) -> object:
            if partition == 0:
                raise error("damaged")
            return await honest(partition, start, limit, **named)

        monkeypatch.setattr(region.local, "read", read)
        region.local.entries[1][3] = b"junk"
        await region.scrub.read_all()
        assert dict(region.status.alarms) == {kind: 1, "foreign": 1, "missing": 1}
        assert region.scrub.gauges()["scrub_findings"] == 3

    damaged()


@in_virtual_time
async def test_the_logs_are_asked_for_little_at_a_time() -> None:
    region = Region(100)
    asked: list[tuple[int, int]] = []
    honest = region.local.read

    async def read(partition: int, start: int, limit: int, wait: float = 0, most_bytes: int = 0) -> object:
        asked.append((limit, most_bytes))
        return await honest(partition, start, limit, wait, most_bytes)

    region.local.read = read  # type: ignore[assignment, method-assign]
    await region.scrub.read_all()
    assert max(asked) == (100, READ_BYTES)
