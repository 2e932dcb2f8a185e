"""The contract of `replication/log/event_log.py`, passed by every implementation."""

import asyncio
import sys
import time
from collections.abc import Sequence

import pytest

from replication.log.event_log import MAXIMUM_RECORD_BYTES, Entry, EventLog, LogError, LogTruncated, NotAppended
from tests.contract.appending_process import GROUP, group_of
from tests.contract.logs import PARTITIONS, Logs


async def read_all(log: EventLog, partition: int, limit: int = 1000) -> list[Entry]:
    """Every entry of the partition, in as many reads as it takes."""
    entries: list[Entry] = []
    while found := await log.read(partition, entries[-1].position + 1 if entries else 0, limit):
        assert len(found) <= limit
        entries.extend(found)
    return entries


def records_of(entries: Sequence[Entry]) -> list[bytes]:
    return [entry.record for entry in entries]


def numbered(count: int, prefix: str = "record") -> list[bytes]:
    return [f"{prefix} {number}".encode() for number in range(count)]


async def test_a_new_log_is_empty_and_knows_its_name_and_partitions(logs: Logs) -> None:
    log = await logs.open()
    assert (log.name, log.partitions) == (logs.name, PARTITIONS)
    assert await log.read(0, 0, 10) == []
    assert await log.end(0) == 0


async def test_records_are_read_in_the_order_of_their_appending(logs: Logs) -> None:
    log = await logs.open()
    for start in range(0, 50, 10):
        await log.append(0, numbered(50)[start : start + 10])
    entries = await read_all(log, 0)
    assert records_of(entries) == numbered(50)
    assert [entry.position for entry in entries] == sorted({entry.position for entry in entries})
    assert entries[-1].position < await log.end(0)


async def test_a_large_group_keeps_its_order(logs: Logs) -> None:
    log = await logs.open()
    await log.append(1, numbered(3000))
    assert records_of(await read_all(log, 1)) == numbered(3000)


async def test_an_empty_group_changes_nothing(logs: Logs) -> None:
    log = await logs.open()
    await log.append(0, [])
    assert await log.end(0) == 0


async def test_partitions_are_independent(logs: Logs) -> None:
    log = await logs.open()
    await log.append(0, [b"zero"])
    await log.append(1, [b"one", b"more"])
    assert records_of(await read_all(log, 0)) == [b"zero"]
    assert records_of(await read_all(log, 1)) == [b"one", b"more"]


async def test_a_read_starts_at_its_position_and_keeps_its_limit(logs: Logs) -> None:
    log = await logs.open()
    await log.append(0, numbered(20))
    entries = await read_all(log, 0)
    assert list(await log.read(0, entries[7].position, 5)) == entries[7:12]
    assert list(await log.read(0, entries[18].position, 5)) == entries[18:]
    assert await read_all(log, 0, limit=3) == entries


async def test_a_read_ends_with_the_record_that_reaches_its_bytes(logs: Logs) -> None:
    log = await logs.open()
    await log.append(0, [bytes(100)] * 10)
    entries = await read_all(log, 0)
    for most_bytes, count in ((0, 1), (1, 1), (100, 1), (101, 2), (450, 5), (10**6, 10)):
        assert list(await log.read(0, entries[0].position, 100, most_bytes=most_bytes)) == entries[:count]
    assert list(await log.read(0, entries[5].position, 2, most_bytes=10**6)) == entries[5:7]


async def test_records_and_positions_survive_reopening(logs: Logs) -> None:
    log = await logs.open()
    await log.append(0, numbered(10))
    before, identity = await read_all(log, 0), await log.identity()
    await log.close()
    again = await logs.open()
    assert await read_all(again, 0) == before
    assert await again.identity() == identity
    await again.append(0, [b"next"])
    assert records_of(await read_all(again, 0)) == [*numbered(10), b"next"]


@pytest.mark.parametrize(
    "record",
    [b"", b"\x00", bytes(range(256)), b"\xff" * MAXIMUM_RECORD_BYTES],
    ids=["empty", "zero", "every byte", "longest"],
)
async def test_records_are_any_bytes(logs: Logs, record: bytes) -> None:
    log = await logs.open()
    await log.append(0, [record, b"after"])
    assert records_of(await read_all(log, 0)) == [record, b"after"]


async def test_several_longest_records_go_in_one_group(logs: Logs) -> None:
    log = await logs.open()
    group = [bytes([number]) * MAXIMUM_RECORD_BYTES for number in range(12)]
    await log.append(0, group)
    assert records_of(await read_all(log, 0)) == group


async def test_a_longer_record_is_refused_with_its_whole_group(logs: Logs) -> None:
    log = await logs.open()
    with pytest.raises(NotAppended, match="longer than 1048576 bytes"):
        await log.append(0, [b"short", b"x" * (MAXIMUM_RECORD_BYTES + 1)])
    assert await log.end(0) == 0


@pytest.mark.parametrize("partition", [-1, PARTITIONS])
async def test_an_unknown_partition_is_a_programming_error(logs: Logs, partition: int) -> None:
    log = await logs.open()
    with pytest.raises(ValueError, match="partitions 0 to 1"):
        await log.append(partition, [b"record"])
    with pytest.raises(ValueError, match="partitions 0 to 1"):
        await log.read(partition, 0, 1)


async def test_a_waiting_read_wakes_when_something_is_appended(logs: Logs) -> None:
    log = await logs.open()
    await log.append(0, [b"old"])
    waiting = asyncio.create_task(log.read(0, await log.end(0), 10, wait_seconds=20))
    other = asyncio.create_task(log.read(1, 0, 10, wait_seconds=20))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await log.append(0, [b"new"])
    appended = time.monotonic()
    assert records_of(await waiting) == [b"new"]
    assert time.monotonic() - appended < 10, "not because its time was over"
    assert not other.done()
    await log.append(1, [b"other"])
    assert records_of(await other) == [b"other"]


async def test_a_waiting_read_ends_empty_when_its_time_is_over(logs: Logs) -> None:
    log = await logs.open()
    began = time.monotonic()
    assert await log.read(0, 0, 10, wait_seconds=0.2) == []
    assert 0.15 < time.monotonic() - began < 10


async def test_a_cancelled_read_leaves_the_log_usable(logs: Logs) -> None:
    log = await logs.open()
    waiting = asyncio.create_task(log.read(0, 0, 10, wait_seconds=20))
    await asyncio.sleep(0.05)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await log.append(0, [b"record"])
    assert records_of(await read_all(log, 0)) == [b"record"]


@pytest.mark.parametrize("distance", [1, 1000])
async def test_a_start_beyond_the_end_is_reported(logs: Logs, distance: int) -> None:
    log = await logs.open()
    await log.append(0, numbered(3))
    with pytest.raises(LogTruncated):
        await log.read(0, await log.end(0) + distance, 10, wait_seconds=1)


async def test_a_start_before_the_beginning_is_reported(logs: Logs) -> None:
    log = await logs.open()
    with pytest.raises(LogTruncated):
        await log.read(0, -1, 10)


async def test_a_wiped_log_is_reported(logs: Logs) -> None:
    log = await logs.open()
    await log.append(0, numbered(5))
    identity, end = await log.identity(), await log.end(0)
    await log.close()
    await logs.wipe()
    again = await logs.open()
    assert await again.identity() != identity
    with pytest.raises(LogTruncated):
        await again.read(0, end, 10)


async def test_its_identity_can_be_asked_while_records_are_appended(logs: Logs) -> None:
    """A publisher asks while the author writes: the one must not stand in the other's way."""
    log = await logs.open()
    identity = await log.identity()

    async def write() -> None:
        for number in range(100):
            await log.append(number % 2, [b"record"])

    writing = asyncio.create_task(write())
    while not writing.done():
        assert await log.identity() == identity
    await writing


async def test_another_log_has_another_identity(logs: Logs) -> None:
    log, other = await logs.open(), await logs.open(f"{logs.name}.other")
    assert await log.identity() != await other.identity()
    assert await log.identity() == await log.identity()


async def test_concurrent_appends_are_all_there_each_in_its_own_order(logs: Logs) -> None:
    log = await logs.open()

    async def write(writer: int) -> None:
        for record in numbered(20, f"writer {writer}"):
            await log.append(writer % PARTITIONS, [record])

    await asyncio.gather(*(write(writer) for writer in range(16)))
    for partition in range(PARTITIONS):
        records = records_of(await read_all(log, partition))
        assert len(records) == 16 // PARTITIONS * 20
        for writer in range(partition, 16, PARTITIONS):
            own = f"writer {writer} ".encode()
            assert [record for record in records if record.startswith(own)] == numbered(20, f"writer {writer}")


async def appending(logs: Logs, name: str, count: int) -> asyncio.subprocess.Process:
    """Another process that is about to append."""
    arguments = (*logs.place(), logs.name, name, str(count))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.contract.appending_process", *arguments, stdin=pipe, stdout=pipe
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    return process


async def test_several_processes_append_each_in_its_own_order_and_no_group_is_torn(logs: Logs) -> None:
    log, count = await logs.open(), 40
    others = [await appending(logs, name, count) for name in ("a", "b")]
    ends = [asyncio.create_task(other.communicate(b"go\n")) for other in others]
    for number in range(count):
        await log.append(0, group_of("own", number))
    await asyncio.gather(*ends)
    assert [other.returncode for other in others] == [0, 0]
    records = records_of(await read_all(log, 0))
    groups = [records[start : start + GROUP] for start in range(0, len(records), GROUP)]
    for name in ("a", "b", "own"):
        own = [group for group in groups if group[0].startswith(f"{name} ".encode())]
        assert own == [group_of(name, number) for number in range(count)]
    assert len(groups) == 3 * count


async def test_a_waiting_read_hears_of_what_another_process_appends(logs: Logs) -> None:
    log, other = await logs.open(), await appending(logs, "a", 1)
    waiting = asyncio.create_task(log.read(0, 0, 10, wait_seconds=30))
    await other.communicate(b"go\n")
    assert records_of(await waiting) == group_of("a", 0)


async def test_the_records_of_one_group_stand_together(logs: Logs) -> None:
    log = await logs.open()
    groups = [numbered(200, f"group {number}") for number in range(8)]
    await asyncio.gather(*(log.append(0, group) for group in groups))
    records = records_of(await read_all(log, 0))
    found = [records[start : start + 200] for start in range(0, 1600, 200)]
    assert sorted(found) == sorted(groups)


async def test_two_readers_of_a_partition_do_not_disturb_each_other(logs: Logs) -> None:
    log = await logs.open()
    await log.append(0, numbered(500))
    first, second = await asyncio.gather(read_all(log, 0, limit=7), read_all(log, 0, limit=11))
    assert records_of(first) == records_of(second) == numbered(500)


async def test_a_closed_log_refuses_and_closing_again_is_harmless(logs: Logs) -> None:
    log = await logs.open()
    await log.append(0, [b"record"])
    await log.close()
    await log.close()
    with pytest.raises(LogError):
        await log.append(0, [b"record"])
    with pytest.raises(LogError):
        await log.read(0, 0, 10)
