"""A node's writer is killed at any moment: what it acknowledged is there, and log and state belong together."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path

import pytest

from replication.fold.materializer import Alarm, Identity, Materializer
from replication.log.embedded_log import EmbeddedLogs
from replication.log.event_log import Entry
from replication.sharing.publication import local_log, shared_log
from replication.state.digest import partition_digest
from replication.state.lmdb_store import LmdbStore
from replication.state.memory_store import MemoryStore
from replication.state.state_store import STREAMS, row_key
from replication.verify.checker import Checked, verify_region
from tests.replication.written_log import HOME, IDENTITIES, RECORD_KEY, stream
from tests.thoroughness import THOROUGH, thorough

REPOSITORY = Path(__file__).parents[2]
WRITER = [sys.executable, "-m", "tests.faults.region_writer"]
LOGS = {local_log(HOME): 1, shared_log(HOME): 1}
CHECKED = Checked(HOME, 1, RECORD_KEY, IDENTITIES[HOME].public_bytes, {})
NTH = (1, 2, 3, 5, 8, 13, 30) if THOROUGH else (1, 3, 13)
"""Which of a writer's calls of the system it does not come back from."""
STRACE = shutil.which("strace")
WITHOUT_STRACE = "strace is missing: kills at the nth write and sync of a commit were NOT TESTED; install strace"


def start(directory: Path, *before: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*before, *WRITER, str(directory)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def numbers(output: str) -> list[int]:
    """What was acknowledged; the writer must not have said anything else, but a last line may be cut off."""
    lines = output.split("\n")[:-1]
    assert not lines or lines[0] == "opened"
    return [int(line) for line in lines[1:]]


async def assert_whole(directory: Path, acknowledged: list[int]) -> None:
    """Nothing acknowledged is lost, the checker is content, and a rebuild gives the same state."""
    store = LmdbStore(directory / "state", writer=True)
    logs = EmbeddedLogs.open(directory / "log", LOGS)
    alarms: list[Alarm] = []
    try:
        local, shared = logs[local_log(HOME)], logs[shared_log(HOME)]
        with store.read() as snapshot:
            assert (await verify_region(CHECKED, local, shared, snapshot, lambda *_: None)).findings == ()
        entries = await local.read(0, 0, 1_000_000)
        running = Materializer(store, Identity(HOME, 1, RECORD_KEY), alarms.append)
        running.apply(0, list(entries)[running.position(0) :])
        assert alarms == []
        with store.read() as snapshot:
            missing = [n for n in acknowledged if snapshot.get(STREAMS, row_key(0, stream(n))) is None]
            assert missing == []
            assert partition_digest(snapshot, 0) == rebuilt(entries)
            assert (await verify_region(CHECKED, local, shared, snapshot, lambda *_: None)).findings == ()
    finally:
        await logs.close()
        store.close()


def rebuilt(entries: Sequence[Entry]) -> bytes:
    store = MemoryStore()
    Materializer(store, Identity(HOME, 1, RECORD_KEY), lambda _: None).apply(0, entries)
    with store.read() as snapshot:
        return partition_digest(snapshot, 0)


async def test_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    """One directory through all of them: each start goes on from what the kill before it has left."""
    chance = random.Random(7)
    acknowledged: list[int] = []
    for _ in range(8):
        with start(tmp_path) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "opened\n"
            timer = threading.Timer(chance.uniform(0.001, 0.15), writer.kill)
            timer.start()
            output, _ = writer.communicate(timeout=60)
        acknowledged += numbers("opened\n" + output)
        await assert_whole(tmp_path, acknowledged)
    assert len(acknowledged) > 8


def strace_works() -> bool:
    if STRACE is None:
        return False
    probe = subprocess.run([STRACE, "-o", "/dev/null", "true"], capture_output=True, check=False)
    return probe.returncode == 0


@pytest.fixture(scope="module")
def strace() -> str:
    if STRACE is None or not strace_works():
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn(WITHOUT_STRACE, stacklevel=1)
        pytest.skip(WITHOUT_STRACE)
    return STRACE


@thorough
@pytest.mark.parametrize("call", ["fdatasync", "pwrite64", "writev"])
async def test_kills_at_the_nth_write_or_sync_lose_nothing(tmp_path: Path, strace: str, call: str) -> None:
    """Kills before the system call takes effect; the first ones fall into the making of the files."""
    acknowledged: list[int] = []
    killed = 0
    for nth in NTH:
        inject = f"inject={call}:signal=KILL:when={nth}"
        with start(tmp_path, strace, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject) as writer:
            timer = threading.Timer(20, os.killpg, (writer.pid, signal.SIGKILL))  # with what strace has started
            timer.start()
            output, _ = writer.communicate(timeout=60)
            timer.cancel()
        killed += writer.returncode != 0
        acknowledged += numbers(output)
        await assert_whole(tmp_path, acknowledged)
    assert killed == len(NTH)
    assert acknowledged
