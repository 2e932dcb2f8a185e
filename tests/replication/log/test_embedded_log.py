"""What only the embedded log promises: durability across a killed process, other readers, full disks, damage."""

import asyncio
import hashlib
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from replication.log import appending_turns, embedded_environment
from replication.log.appending_turns import AppendingTurns
from replication.log.embedded_environment import EmbeddedEnvironment
from replication.log.embedded_log import EmbeddedLogs
from replication.log.event_log import AppendUnknown, LogCorrupt, LogUnavailable, LogUnsafe, NotAppended

NAME = "keytide.us-east-1.local"
HERE = Path(__file__).parent


def start(program: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", f"tests.replication.{program}", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parents[2])


def open_logs(directory: Path, **options: Any) -> EmbeddedLogs:
    return EmbeddedLogs.open(directory, {NAME: 1}, **options)


async def all_records(logs: EmbeddedLogs) -> list[bytes]:
    return [entry.record for entry in await logs[NAME].read(0, 0, 1_000_000)]


def kill_while_writing(directory: Path, seconds: float) -> int:
    """How many records a writer had acknowledged that was killed so long after its first acknowledgement."""
    with start("log_writer", directory, NAME) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(seconds)
        writer.kill()
        rest = writer.stdout.read().splitlines(keepends=True)
    # The last line may be cut off; then its number was not acknowledged.
    return int([line for line in (first, *rest) if line.endswith("\n")][-1])


async def test_whatever_was_acknowledged_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    moments = random.Random(20)
    for _ in range(12):
        acknowledged = kill_while_writing(tmp_path, moments.uniform(0, 0.05))
        logs = open_logs(tmp_path)
        records = await all_records(logs)
        await logs.close()
        assert len(records) >= acknowledged
        assert records == [f"record {number}".encode().ljust(300) for number in range(len(records))]


async def test_a_log_whose_closing_is_cut_off_is_closed(tmp_path: Path) -> None:
    logs = open_logs(tmp_path)
    await logs[NAME].append(0, [b"record"])
    goes_on = threading.Event()
    logs._reading.submit(goes_on.wait)
    closing = asyncio.create_task(logs.close())
    await asyncio.sleep(0)
    closing.cancel()
    goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await closing
    again = open_logs(tmp_path)
    assert await all_records(again) == [b"record"]
    await again.close()


async def test_a_read_that_a_closing_overtakes_is_refused_and_leaves_nothing_that_runs(tmp_path: Path) -> None:
    logs = open_logs(tmp_path)
    reading = asyncio.create_task(logs[NAME].read(0, 0, 1, wait_seconds=60))
    await asyncio.sleep(0)
    await logs.close()
    with pytest.raises(LogUnavailable):
        await reading
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_another_process_reads_what_this_one_writes(tmp_path: Path) -> None:
    logs = open_logs(tmp_path)
    records = [f"record {number}".encode() * 50 for number in range(2000)]
    with start("log_reader", tmp_path, NAME, len(records)) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        for first in range(0, len(records), 50):
            await logs[NAME].append(0, records[first : first + 50])
        digest = await asyncio.to_thread(reader.stdout.readline)
    assert digest.strip() == hashlib.sha256(b"".join(records)).hexdigest()
    await logs.close()


async def test_another_reading_process_follows_a_growing_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_environment, "FIRST_MAP_BYTES", 1 << 20)
    logs = open_logs(tmp_path)
    records = [bytes([number % 256]) * 100_000 for number in range(100)]
    with start("log_reader", tmp_path, NAME, len(records)) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        for record in records:
            await logs[NAME].append(0, [record])
        digest = await asyncio.to_thread(reader.stdout.readline)
    assert digest.strip() == hashlib.sha256(b"".join(records)).hexdigest()
    await logs.close()


async def test_a_process_that_was_killed_while_appending_keeps_nobody_else_from_it(tmp_path: Path) -> None:
    acknowledged = kill_while_writing(tmp_path, 0.3)
    with start("log_writer", tmp_path, NAME) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        logs = open_logs(tmp_path)
        writer.kill()
        await logs[NAME].append(0, [b"after it"])
    assert await logs[NAME].end(0) > acknowledged
    await logs.close()


async def test_a_process_that_does_not_end_its_append_is_waited_for_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appending_turns, "PATIENCE_SECONDS", 0.1)
    logs = open_logs(tmp_path)
    with AppendingTurns(tmp_path).turn(), pytest.raises(NotAppended, match="another process"):
        await logs[NAME].append(0, [b"first"])
    await logs[NAME].append(0, [b"second"])
    assert await all_records(logs) == [b"second"]
    await logs.close()


async def test_an_appending_process_follows_the_map_that_another_one_has_grown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_environment, "FIRST_MAP_BYTES", 1 << 20)
    logs = open_logs(tmp_path)
    with start("log_grower", tmp_path, NAME) as grower:
        assert grower.stdout is not None
        assert grower.stdout.readline() == "grown\n"
    await logs[NAME].append(0, [b"after it"])
    assert (await all_records(logs))[-1] == b"after it"
    await logs.close()


async def test_a_readonly_log_refuses_to_append(tmp_path: Path) -> None:
    await open_logs(tmp_path).close()
    logs = open_logs(tmp_path, readonly=True)
    with pytest.raises(NotAppended, match="reading only"):
        await logs[NAME].append(0, [b"record"])
    await logs.close()


def test_a_readonly_log_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match="cannot be used"):
        open_logs(tmp_path / "missing", readonly=True)
    assert not (tmp_path / "missing").exists()


async def test_the_map_grows_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_environment, "FIRST_MAP_BYTES", 1 << 20)
    logs = open_logs(tmp_path)
    records = [bytes([number]) * 1_000_000 for number in range(20)]
    await asyncio.gather(*(logs[NAME].append(0, [record]) for record in records))
    assert await all_records(logs) == records
    await logs.close()


async def test_a_log_at_its_limit_refuses_appends_and_goes_on_reading(tmp_path: Path) -> None:
    logs = open_logs(tmp_path, limit_bytes=2 << 20)
    await logs[NAME].append(0, [b"kept"])
    with pytest.raises(NotAppended, match="limit of 2097152 bytes"):
        await logs[NAME].append(0, [b"x" * 1_000_000] * 3)
    await logs[NAME].append(0, [b"small"])
    assert await all_records(logs) == [b"kept", b"small"]
    await logs.close()


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: what a full disk looks like from here."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_refuses_appends_until_there_is_room_again(tmp_path: Path) -> None:
    logs = open_logs(tmp_path)
    await logs[NAME].append(0, [b"kept"])
    with file_size_limit((tmp_path / "data.mdb").stat().st_size):
        with pytest.raises(NotAppended, match="no room on the disk"):
            await logs[NAME].append(0, [b"x" * 1_000_000] * 20)
        assert await all_records(logs) == [b"kept"]
    await logs[NAME].append(0, [b"next"])
    assert await all_records(logs) == [b"kept", b"next"]
    await logs.close()


async def test_after_a_failed_commit_nothing_more_is_appended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = open_logs(tmp_path)
    await logs[NAME].append(0, [b"kept"])
    with monkeypatch.context() as patch, file_size_limit((tmp_path / "data.mdb").stat().st_size):
        patch.setattr(EmbeddedEnvironment, "_reserve", lambda *_: None)  # the disk fails in the midst of the commit
        with pytest.raises(AppendUnknown, match="a commit failed"):
            await logs[NAME].append(0, [b"x" * 1_000_000] * 20)
    with pytest.raises(NotAppended, match="has stopped"):
        await logs[NAME].append(0, [b"refused"])
    assert await all_records(logs) == [b"kept"]
    await logs.close()
    again = open_logs(tmp_path)
    assert await all_records(again) == [b"kept"]
    await again.close()


async def fill(directory: Path) -> None:
    logs = open_logs(directory)
    for number in range(20):
        await logs[NAME].append(0, [bytes([number]) * 3000] * 10)
    await logs.close()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01])
async def test_a_truncated_file_is_reported(tmp_path: Path, share: float) -> None:
    await fill(tmp_path)
    file = tmp_path / "data.mdb"
    with file.open("r+b") as opened:
        opened.truncate(max(1, int(file.stat().st_size * share)))
    with pytest.raises((LogCorrupt, LogUnavailable), match=str(tmp_path)):
        open_logs(tmp_path, readonly=True)


async def test_a_foreign_file_is_reported_and_left_alone(tmp_path: Path) -> None:
    await fill(tmp_path)
    content = b"not a log" * 10_000
    (tmp_path / "data.mdb").write_bytes(content)
    with pytest.raises(LogCorrupt, match="damaged"):
        open_logs(tmp_path)
    assert (tmp_path / "data.mdb").read_bytes() == content


async def test_a_damaged_page_is_reported_and_stops_appends(tmp_path: Path) -> None:
    await fill(tmp_path)
    logs = open_logs(tmp_path)
    meta_pages = 2 * 4096
    with (tmp_path / "data.mdb").open("r+b") as opened:
        opened.seek(meta_pages)
        opened.write(bytes(400_000))
    with pytest.raises(LogCorrupt, match="damaged"):
        await all_records(logs)
    with pytest.raises(NotAppended, match="has stopped"):
        await logs[NAME].append(0, [b"record"])
    await logs.close()


async def test_another_number_of_partitions_is_refused(tmp_path: Path) -> None:
    await open_logs(tmp_path).close()
    with pytest.raises(LogUnsafe, match="has 1 partitions, the settings say 2"):
        EmbeddedLogs.open(tmp_path, {NAME: 2})


async def test_the_logs_of_a_directory_are_separate_and_more_may_come(tmp_path: Path) -> None:
    logs = open_logs(tmp_path)
    await logs[NAME].append(0, [b"local"])
    identity = await logs[NAME].identity()
    await logs.close()
    logs = EmbeddedLogs.open(tmp_path, {NAME: 1, "shared": 3})
    await asyncio.gather(logs["shared"].append(2, [b"shared"]), logs[NAME].append(0, [b"more"]))
    assert await all_records(logs) == [b"local", b"more"]
    assert [entry.record for entry in await logs["shared"].read(2, 0, 10)] == [b"shared"]
    assert await logs[NAME].identity() == identity != await logs["shared"].identity()
    await logs.close()


async def test_concurrent_appends_share_commits(tmp_path: Path) -> None:
    logs = open_logs(tmp_path)
    reader = logs._environment
    before = reader.version()
    await asyncio.gather(*(logs[NAME].append(0, [b"record"]) for _ in range(500)))
    after = reader.version()
    assert before is not None
    assert after is not None
    assert after - before <= 3
    await logs.close()


async def test_files_are_only_for_their_owner(tmp_path: Path) -> None:
    directory = tmp_path / "logs"
    await open_logs(directory).close()
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in directory.iterdir()} == {0o600}


async def test_a_pruned_log_goes_on_at_its_positions_and_does_not_grow(tmp_path: Path) -> None:
    logs = open_logs(tmp_path)
    try:
        for _ in range(20):
            await logs[NAME].append(0, [bytes(4_000)] * 50)
            await logs[NAME].prune(0, await logs[NAME].end(0) - 50)
        assert (await logs[NAME].first(0), await logs[NAME].end(0)) == (950, 1_000)
        assert [entry.position for entry in await logs[NAME].read(0, 950, 1_000)] == list(range(950, 1_000))
        used = (logs._environment._environment.info()["last_pgno"] + 1) * 4096
        assert used < 4 * 50 * 8_192
    finally:
        await logs.close()
