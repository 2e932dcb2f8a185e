"""The local broker: what it says when a tool is missing, and that it ends with the process that started it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.local_kafka import jars, tied_to_parent
from services.local_kafka.broker import BY_HAND, Broker, BrokerFailed
from services.local_kafka.jars import MissingTool

STARTS_A_SLEEPER = """
import subprocess, sys, time
from services.local_kafka import tied_to_parent
child = subprocess.Popen(tied_to_parent.command(["sh", "-c", "echo $$; exec sleep 60"]), stdin=subprocess.PIPE)
time.sleep(60)
"""


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.01)


def command_line(pid: int) -> bytes:
    """What the process runs; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_what_is_tied_to_a_parent_dies_when_the_parent_is_killed() -> None:
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", STARTS_A_SLEEPER], stdout=subprocess.PIPE, cwd=root) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        wait_until(lambda: command_line(child).startswith(b"sleep"))
        assert os.getpgid(child) == os.getpgid(parent.pid)
        parent.kill()
    wait_until(lambda: command_line(child) == b"")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_a_tied_program_dies_when_what_stands_between_is_killed() -> None:
    program = ["sh", "-c", "echo $$; exec sleep 60"]
    pipe = subprocess.PIPE
    with subprocess.Popen(tied_to_parent.command(program), stdin=pipe, stdout=pipe) as between:
        assert between.stdout is not None
        child = int(between.stdout.readline())
        between.kill()
        wait_until(lambda: command_line(child) == b"")


def test_a_tied_program_outlives_the_thread_that_started_it() -> None:
    with ThreadPoolExecutor(1) as pool:
        process = pool.submit(subprocess.Popen, tied_to_parent.command(["sleep", "60"]), stdin=subprocess.PIPE).result()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    process.communicate()
    assert process.returncode == 128 + signal.SIGKILL


@pytest.mark.parametrize(("program", "status"), [("exit 3", 3), ("kill -9 $$", 128 + 9)])
def test_the_exit_status_is_the_programs(program: str, status: int) -> None:
    with subprocess.Popen(tied_to_parent.command(["sh", "-c", program]), stdin=subprocess.PIPE) as process:
        assert process.wait(10) == status


def test_a_request_to_end_is_handed_on() -> None:
    waiting = ["sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"]
    pipe = subprocess.PIPE
    with subprocess.Popen(tied_to_parent.command(waiting), stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert process.wait(10) == 7


@pytest.mark.parametrize(("tool", "package"), [("java", "openjdk-17-jre-headless"), ("mvn", "maven")])
def test_a_missing_tool_is_named_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str, package: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("KEYTIDE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(MissingTool, match=f"`{tool}`: install {package}"):
        jars.require_tool(tool)
    with pytest.raises(MissingTool):
        Broker(tmp_path / "broker").start()


def test_jars_are_kept_in_the_cache_folder_by_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYTIDE_CACHE", str(tmp_path))
    folder = tmp_path / f"kafka-{jars.version()}"
    folder.mkdir()
    assert jars.jars() == folder


def test_a_broker_that_ends_while_starting_is_reported_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker(tmp_path)
    broker.process = subprocess.Popen(["false"], stdin=subprocess.PIPE)
    with pytest.raises(BrokerFailed, match=r"ended while starting: see .*broker\.log"):
        broker.wait(10)
    broker.stop()
    assert broker.process is None


def test_a_broker_that_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    command = tied_to_parent.command([sys.executable, "-c", stubborn])
    broker.process = process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    broker.stop(patience_seconds=0.1)
    assert process.returncode == 128 + signal.SIGKILL
    process.stdout.close()


def test_settings_that_were_written_by_hand_come_last_and_count(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").touch()  # its storage is formatted
    (tmp_path / BY_HAND).write_text("broker.session.timeout.ms=9000\n")
    Broker(tmp_path).format()
    lines = (tmp_path / "server.properties").read_text().splitlines()
    found = [line for line in lines if line.startswith("broker.session.timeout.ms=")]
    assert found == ["broker.session.timeout.ms=2000", "broker.session.timeout.ms=9000"]
    assert lines[-1] == found[-1]
