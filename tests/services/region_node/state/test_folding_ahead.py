"""A long log is caught up with by two processes: the state is the same, and whoever ends is done without."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from replication.fold.materializer import Alarm, Identity, Materializer
from replication.fold.taking_ahead import TakingAhead
from replication.log.embedded_log import EmbeddedLog, EmbeddedLogs
from replication.sharing.publication import local_log
from replication.state.digest import partition_digest
from replication.state.lmdb_store import LmdbStore
from replication.state.state_store import StateStore, StoreDamaged
from services.processes.command_line import PASSPHRASE_VARIABLE
from services.region_node.state import folding_ahead
from services.region_node.state.folding_ahead import FoldingAhead, FoldingProcess
from tests.replication.folding import folded
from tests.replication.written_log import HOME, PEER, RECORD_KEY, SharedLog, WrittenLog, created, described, shared_form

REPOSITORY = Path(__file__).parents[4]
IDENTITY = Identity(HOME, 1, RECORD_KEY)
MOST = 5


def written() -> WrittenLog:
    log, peer = WrittenLog(), SharedLog(PEER)
    log.open()
    for number in range(1, 10):
        log.write(created(number), shared=[shared_form(number)] if number % 3 == 0 else None)
        log.write(described(number, f"text {number}"))
        log.adopt(peer.share(shared_form(20 + number, HOME)), {f"{20 + number:064x}": b"wrapped"})
    return log


WRITTEN = written()
END = len(WRITTEN.records)


class Rebuilding:
    """A region whose state is empty, beside its log."""

    def __init__(self, log: EmbeddedLog, directory: Path) -> None:
        self.log, self.directory = log, directory
        self.store = LmdbStore(directory, writer=True)
        self.alarms: list[Alarm] = []
        self.materializer = Materializer(self.store, IDENTITY, self.alarms.append)
        self.applied = 0
        self.ahead = FoldingAhead(IDENTITY, directory, self.materializer, self._applied)

    def _applied(self) -> None:
        self.applied += 1

    async def take(self, process: FoldingProcess, end: int = END) -> None:
        await TakingAhead(self.log, self.materializer, RECORD_KEY, 0, end).run(process, self._applied, MOST)

    async def go_on_alone(self) -> None:
        position = self.materializer.position(0)
        self.materializer.apply(0, await self.log.read(0, position, 1_000))


@pytest.fixture
async def region(tmp_path: Path) -> AsyncIterator[Rebuilding]:
    logs = EmbeddedLogs.open(tmp_path / "log", {local_log(HOME): 1})
    log = logs[local_log(HOME)]
    await log.append(0, WRITTEN.records)
    rebuilding = Rebuilding(log, tmp_path / "state")
    yield rebuilding
    rebuilding.store.close()
    await logs.close()


def digest(store: StateStore) -> bytes:
    with store.read() as snapshot:
        return partition_digest(snapshot, 0)


def reason(caplog: pytest.LogCaptureFixture) -> str:
    """Why one process goes on alone, as the log says."""
    return str(vars(caplog.records[-1])["reason"])


async def test_two_processes_make_the_state_that_one_makes(region: Rebuilding) -> None:
    region.store.build()
    with FoldingProcess(IDENTITY, region.directory) as process:
        await region.take(process)
    region.store.settle()
    assert region.materializer.position(0) == END
    assert region.applied == -(-END // MOST)
    assert digest(region.store) == folded(WRITTEN.records).digest()
    assert region.alarms == []


async def test_a_short_log_starts_no_process(region: Rebuilding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding_ahead, "LONG_ENTRIES", END + 1)
    monkeypatch.setattr(folding_ahead, "FoldingProcess", None)
    await region.ahead.run(region.log, 0, END)
    assert region.materializer.position(0) == 0


async def test_a_long_log_is_folded_ahead(region: Rebuilding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding_ahead, "LONG_ENTRIES", END)
    await region.ahead.run(region.log, 0, END)
    assert (region.materializer.position(0), region.applied) == (END, 1)


@pytest.mark.parametrize("fatal", [signal.SIGKILL, signal.SIGTERM])
async def test_a_process_that_ends_is_done_without(
    region: Rebuilding, fatal: signal.Signals, caplog: pytest.LogCaptureFixture
) -> None:
    with FoldingProcess(IDENTITY, region.directory) as process:
        await region.take(process, 7)
        os.kill(process.pid, fatal)
        await region.take(process)
    assert region.materializer.position(0) == 10
    assert "the other process" in reason(caplog)
    await region.go_on_alone()
    assert digest(region.store) == folded(WRITTEN.records).digest()


async def test_a_process_that_stands_still_is_done_without(
    region: Rebuilding, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(folding_ahead, "WAIT_SECONDS", 0.05)
    with FoldingProcess(IDENTITY, region.directory) as process:
        os.kill(process.pid, signal.SIGSTOP)
        await region.take(process)
    assert "gave nothing" in reason(caplog)
    assert region.materializer.position(0) == 0


async def test_a_node_that_stops_meanwhile_ends_the_process(region: Rebuilding) -> None:
    with FoldingProcess(IDENTITY, region.directory) as process:
        os.kill(process.pid, signal.SIGSTOP)
        taking = asyncio.create_task(region.take(process))
        await asyncio.sleep(0.01)
        taking.cancel()
        await asyncio.wait([taking])
    assert taking.cancelled()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


async def test_what_an_operator_is_told_of_comes_from_the_ordinary_fold(
    region: Rebuilding, caplog: pytest.LogCaptureFixture
) -> None:
    log = written()
    await region.log.append(0, [log.write(created(30), body=b"junk"), log.write(created(31))])
    caplog.set_level(logging.WARNING)
    with FoldingProcess(IDENTITY, region.directory) as process:
        await region.take(process, END + 2)
    assert region.materializer.position(0) == END // MOST * MOST
    assert reason(caplog).startswith("Unusual: ")
    assert region.alarms == []
    await region.go_on_alone()
    alone = folded(log.records)
    assert (digest(region.store), region.alarms) == (alone.digest(), alone.alarms)
    assert region.alarms


def started_with(pid: int) -> bytes:
    """Command line and environment of a process that has just begun."""
    while not (command := Path(f"/proc/{pid}/cmdline").read_bytes()):
        pass
    return command + Path(f"/proc/{pid}/environ").read_bytes()


async def test_the_second_process_is_told_no_secret_and_names_its_region_alone(
    region: Rebuilding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "of the root")
    with FoldingProcess(IDENTITY, region.directory) as process:
        given = started_with(process.pid)
        await region.take(process)
    assert HOME.encode() in given
    assert not [secret for secret in (b"of the root", RECORD_KEY.secret, PEER.encode()) if secret in given]


async def test_a_rebuild_that_is_killed_leaves_an_unsettled_state_and_no_process(tmp_path: Path) -> None:
    """Both share their output, which ends only when both have ended."""
    await write_long_log(tmp_path)
    rebuilder = start_rebuilder(tmp_path)
    assert rebuilder.stdout is not None
    with rebuilder.stdout as output:
        assert int(output.readline()) > 0
        assert output.readline() == "committed\n"
        rebuilder.kill()
        rebuilder.wait()
        assert set(output.read().splitlines()) <= {"committed"}
    with pytest.raises(StoreDamaged, match="broken off"):
        LmdbStore(tmp_path / "state", writer=True)


async def write_long_log(directory: Path) -> None:
    logs = EmbeddedLogs.open(directory / "log", {local_log(HOME): 1})
    for _ in range(20):
        await logs[local_log(HOME)].append(0, WRITTEN.records)
    await logs.close()


def start_rebuilder(directory: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.faults.region_rebuilder", str(directory)]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
