"""Children that are kept alive, and stopped in order."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from services.processes import heartbeat
from services.processes.child import LONGEST_PAUSE, ChildCommand, describe_exit, restart_pause
from services.processes.children import supervise

FOR_EVER = "import signal, sys, time\nprint(flush=True)\ntime.sleep(60)"
DEAF = (
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nopen(sys.argv[1], 'w').close()\ntime.sleep(60)"
)


class Reports:
    """What was reported, and a way to wait for more of it."""

    def __init__(self) -> None:
        self.all: list[tuple[str, Mapping[str, object]]] = []
        self._changed = asyncio.Event()

    def __call__(self, what: str, details: Mapping[str, object]) -> None:
        self.all.append((what, details))
        self._changed.set()

    def of(self, what: str) -> list[Mapping[str, object]]:
        return [details for kind, details in self.all if kind == what]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


def python(name: str, code: str, *arguments: str, error_file: Path | None = None) -> ChildCommand:
    return ChildCommand(name, (sys.executable, "-c", code, *arguments), error_file=error_file)


async def test_a_child_that_dies_is_started_again_and_the_reason_is_told(tmp_path: Path) -> None:
    reports, stop = Reports(), asyncio.Event()
    child = python("broken", "raise ValueError('no such luck')", error_file=tmp_path / "logs" / "broken.errors")
    task = asyncio.create_task(supervise([[child]], stop, reports))
    await reports.until(lambda: len(reports.of("started")) >= 2)
    stop.set()
    await task
    assert reports.of("died")[0]["reason"] == "left with status 1: ValueError: no such luck"
    assert (tmp_path / "logs" / "broken.errors").stat().st_mode & 0o777 == 0o600


async def test_a_child_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    reports, stop = Reports(), asyncio.Event()
    missing = ChildCommand("missing", (str(tmp_path / "nothing"),))
    task = asyncio.create_task(supervise([[missing]], stop, reports))
    await reports.until(lambda: bool(reports.of("died")))
    stop.set()
    await task
    assert "cannot be started" in str(reports.of("died")[0]["reason"])


BEATS_ONCE = """
import os, sys, time
if sys.argv[1] == "beats":
    os.write(int(os.environ["KEYTIDE_HEARTBEAT"]), b".")
time.sleep(60)
"""
BEATS_ON = """
import asyncio
from services.processes import heartbeat
heartbeat.BEAT_SECONDS = 0.01
asyncio.run(heartbeat.beat())
"""


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.05)


@pytest.mark.usefixtures("fast")
async def test_a_child_that_hangs_is_killed_and_started_again() -> None:
    reports, stop = Reports(), asyncio.Event()
    task = asyncio.create_task(supervise([[python("hanging", BEATS_ONCE, "beats")]], stop, reports))
    await reports.until(lambda: len(reports.of("started")) >= 2)
    stop.set()
    await task
    assert reports.of("killed")[0]["reason"] == "did nothing any more"
    assert reports.of("died")[0]["status"] == -signal.SIGKILL


@pytest.mark.usefixtures("fast")
async def test_a_child_that_beats_or_never_began_to_is_left_alone() -> None:
    reports, stop = Reports(), asyncio.Event()
    children = [python("beating", BEATS_ON), python("starting", BEATS_ONCE, "not")]
    task = asyncio.create_task(supervise([children], stop, reports))
    await reports.until(lambda: len(reports.of("started")) == 2)
    await heartbeats(3 * heartbeat.MISSED_MOST)
    stop.set()
    await task
    assert (reports.of("killed"), reports.of("died")) == ([], [])


async def heartbeats(count: int) -> None:
    """Let so many pass, as a parent counts them."""
    for _ in range(count):
        await asyncio.sleep(heartbeat.BEAT_SECONDS)


def test_a_child_without_a_parent_that_listens_does_not_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", "none", "999"):
        monkeypatch.setenv(heartbeat.VARIABLE, value)
        asyncio.run(heartbeat.beat())


async def test_the_second_phase_is_stopped_after_the_first_has_ended(tmp_path: Path) -> None:
    order = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def leave(*_):\n open(sys.argv[1], 'a').write(sys.argv[2]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, leave)\nopen(sys.argv[1] + sys.argv[2], 'w').close()\ntime.sleep(60)"
    )
    commands = [[python("worker", code, str(order), "w")], [python("replicator", code, str(order), "r")]]
    reports, stop = Reports(), asyncio.Event()
    task = asyncio.create_task(supervise(commands, stop, reports))
    await wait_for_files(Path(f"{order}w"), Path(f"{order}r"))
    stop.set()
    await task
    assert order.read_text() == "wr"
    assert reports.of("died") == []


async def test_a_child_of_a_later_phase_that_ends_while_the_first_stops_is_not_started_again(tmp_path: Path) -> None:
    first = (
        "import pathlib, signal, sys, time\n"
        "def leave(*_):\n pathlib.Path(sys.argv[1], 'leave').touch()\n"
        " while not pathlib.Path(sys.argv[1], 'left').exists(): time.sleep(0.01)\n time.sleep(0.3)\n sys.exit()\n"
        "signal.signal(signal.SIGTERM, leave)\npathlib.Path(sys.argv[1], 'first').touch()\ntime.sleep(60)"
    )
    second = (
        "import pathlib, sys, time\npathlib.Path(sys.argv[1], 'second').touch()\n"
        "while not pathlib.Path(sys.argv[1], 'leave').exists(): time.sleep(0.01)\n"
        "pathlib.Path(sys.argv[1], 'left').touch()"
    )
    reports, stop = Reports(), asyncio.Event()
    phases = [[python("door", first, str(tmp_path))], [python("region", second, str(tmp_path))]]
    task = asyncio.create_task(supervise(phases, stop, reports))
    await wait_for_files(tmp_path / "first", tmp_path / "second")
    stop.set()
    await task
    assert (reports.of("died"), len(reports.of("started"))) == ([], 2)


async def test_a_child_that_does_not_stop_in_time_is_killed(tmp_path: Path) -> None:
    reports, stop = Reports(), asyncio.Event()
    task = asyncio.create_task(
        supervise([[python("deaf", "import sys\n" + DEAF, str(tmp_path / "up"))]], stop, reports, 0.1)
    )
    await wait_for_files(tmp_path / "up")
    stop.set()
    await task
    assert reports.of("killed")[0]["reason"] == "did not stop within 0.1 s"
    with pytest.raises(ProcessLookupError):
        os.kill(int(str(reports.of("started")[0]["pid"])), 0)


async def test_children_stay_in_the_process_group_of_their_parent() -> None:
    reports, stop = Reports(), asyncio.Event()
    task = asyncio.create_task(supervise([[python("child", FOR_EVER)]], stop, reports))
    await reports.until(lambda: bool(reports.of("started")))
    assert os.getpgid(int(str(reports.of("started")[0]["pid"]))) == os.getpgrp()
    stop.set()
    await task


def test_pauses_grow_and_are_bounded_and_jittered() -> None:
    pauses = [restart_pause(deaths, 0.0) for deaths in range(1, 50)]
    assert pauses == sorted(pauses)
    assert pauses[0] == 0.1
    assert pauses[-1] == LONGEST_PAUSE / 2
    assert restart_pause(49, 0.999) < LONGEST_PAUSE
    assert restart_pause(49, 0.999, longest=1.0) < 1.0


def test_exits_are_described_in_words() -> None:
    assert describe_exit(3) == "left with status 3"
    assert describe_exit(-9) == "ended by signal 9 (Killed)"
    assert describe_exit(75) == "lost its parent"


async def wait_for_files(*paths: Path) -> None:
    async with asyncio.timeout(20):
        while not all(path.exists() for path in paths):  # noqa: ASYNC110 - a child's file is the only sign
            await asyncio.sleep(0.01)
