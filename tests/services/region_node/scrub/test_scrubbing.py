"""The scrub of a running region: what it reads, how fast, and how a finding is told."""

import asyncio

import pytest

from replication.log.event_log import LogCorrupt, LogTruncated
from replication.sharing.publication import local_log, shared_log
from services.region_node.scrub.findings import TOLD_MOST
from services.region_node.scrub.scrubbing import READ_BYTES
from tests.replication.virtual_time import in_virtual_time
from tests.replication.written_log import HOME
from tests.services.region_node.scrubbed_region import PAUSE, RATE, ScrubbedRegion

LOCAL_PLACE, SHARED_PLACE = f"scrub of {local_log(HOME)}/1", f"scrub of {shared_log(HOME)}/1"


def elapsed() -> float:
    return asyncio.get_running_loop().time()


@in_virtual_time
async def test_an_honest_region_is_read_whole_and_nothing_is_told() -> None:
    region = ScrubbedRegion()
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
    region = ScrubbedRegion(200)
    begin = elapsed()
    await region.scrub.read_all()
    assert elapsed() - begin == pytest.approx(region.size / RATE, rel=0.001)
    assert region.size > 5 * READ_BYTES


@in_virtual_time
async def test_each_read_is_small_and_the_rest_follows_at_once() -> None:
    region = ScrubbedRegion(200)
    reading = asyncio.create_task(region.scrub.read_all())
    await asyncio.sleep(0.01)
    before = region.scrub.gauges()["scrub_progress"]
    await asyncio.sleep(region.size / RATE / 2)
    assert before < region.scrub.gauges()["scrub_progress"] < 1
    await reading


@in_virtual_time
async def test_a_reading_begins_again_after_the_pause() -> None:
    region = ScrubbedRegion()
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
    region = ScrubbedRegion()
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
    region = ScrubbedRegion()
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
    region = ScrubbedRegion()
    del region.shared.entries[1][-1]
    region.shared.entries[1].insert(2, b"junk")
    await region.scrub.read_all()
    assert dict(region.status.alarms) == {"foreign": 1, "truncated": 1}
    assert list(region.troubles) == [SHARED_PLACE]
    assert region.troubles[SHARED_PLACE].startswith("2 found, the first: foreign: position 2")


@in_virtual_time
async def test_a_flood_of_findings_is_counted_and_leaves_room_for_other_alarms() -> None:
    region = ScrubbedRegion()
    region.shared.entries[1] += [b"junk"] * 50
    await region.scrub.read_all()
    assert dict(region.status.alarms) == {"foreign": TOLD_MOST}
    assert region.scrub.gauges()["scrub_findings"] == 50


@in_virtual_time
async def test_a_log_that_is_away_is_waited_for_and_no_finding() -> None:
    region = ScrubbedRegion()
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
        region = ScrubbedRegion()
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
    region = ScrubbedRegion(100)
    asked: list[tuple[int, int]] = []
    honest = region.local.read

    async def read(partition: int, start: int, limit: int, wait: float = 0, most_bytes: int = 0) -> object:
        asked.append((limit, most_bytes))
        return await honest(partition, start, limit, wait, most_bytes)

    region.local.read = read  # type: ignore[assignment, method-assign]
    await region.scrub.read_all()
    assert max(asked) == (100, READ_BYTES)
