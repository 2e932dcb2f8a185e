"""One child process that is kept alive.

Owns starting it, restarting it after a death (pauses that grow to 10 s, with jitter, so that a broken child costs
nothing and children do not start in step), killing it when it hangs, and ending it within a deadline. Children stay in
the process group of their parent.
"""

import asyncio
import os
import random
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from services.processes.error_file import last_error, open_error_file
from services.processes.heartbeat import VARIABLE as HEARTBEAT
from services.processes.heartbeat import Heartbeat
from services.processes.life_line import ORPHANED

LONGEST_PAUSE = 10.0
SHORTEST_PAUSE = 0.1
STEADY_SECONDS = 30.0
"""A child that lived this long is well: its next restart is quick again."""
GROUP_SIGNAL_SECONDS = 0.05
"""A signal to the whole group ends children at the same moment as it reaches the parent: that is no death to report."""

Report: TypeAlias = Callable[[str, Mapping[str, object]], None]
"""Told of `started`, `died` and `killed`, with the child's name and what else is known.

Of `died`: `reason` in words, `status` (as of `subprocess`; None where it could not be started), `deaths` in a row.
"""


@dataclass(frozen=True, slots=True)
class ChildCommand:
    """What is started: `arguments` whole, with `pass_fds` left open in it. Standard error goes to `error_file`.

    `longest_pause`: seconds, between a death and the next start, however often it has died.
    """

    name: str
    arguments: tuple[str, ...]
    pass_fds: tuple[int, ...] = ()
    environment: Mapping[str, str] | None = None
    error_file: Path | None = None
    longest_pause: float = LONGEST_PAUSE


def restart_pause(deaths: int, jitter: float, longest: float = LONGEST_PAUSE) -> float:
    """Seconds to wait after the `deaths`-th death in a row (from 1). `jitter` is in [0, 1)."""
    return min(longest, SHORTEST_PAUSE * 2.0 ** min(deaths, 30)) * (0.5 + 0.5 * jitter)


@dataclass(slots=True)
class Child:
    """Runs its command until told to stop."""

    command: ChildCommand
    report: Report
    jitter: Callable[[], float] = random.SystemRandom().random
    process: asyncio.subprocess.Process | None = None
    deaths: int = 0
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Start, and start again after each death, until `stop` is called."""
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            started = loop.time()
            status, reason = await self._live_once()
            await self._rest(GROUP_SIGNAL_SECONDS)
            if self._stopping.is_set():
                return
            self.deaths = 1 if loop.time() - started >= STEADY_SECONDS else self.deaths + 1
            pause = restart_pause(self.deaths, self.jitter(), self.command.longest_pause)
            self._say("died", reason=reason, restart_in_seconds=round(pause, 2), status=status, deaths=self.deaths)
            await self._rest(pause)

    def retire(self) -> None:
        """Do not start the child again."""
        self._stopping.set()

    async def stop(self, seconds: float) -> None:
        """End the child: SIGTERM, and SIGKILL when it still runs after `seconds`."""
        self.retire()
        if self.process is None or self.process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), seconds)
        except TimeoutError:
            self._say("killed", reason=f"did not stop within {seconds:g} s")
            self._signal(signal.SIGKILL)
            await self.process.wait()

    async def _live_once(self) -> tuple[int | None, str]:
        """The exit status, None where it could not be started, and the reason of its death."""
        with closing(Heartbeat()) as heartbeat:
            try:
                self.process = await self._start(heartbeat.child_end)
            except OSError as error:
                return None, f"cannot be started: {error}"
            heartbeat.passed_on()
            self._say("started", pid=self.process.pid)
            watching = asyncio.create_task(self._end_when_hung(heartbeat))
            try:
                status = await self.process.wait()
            finally:
                watching.cancel()
            return status, self._reason(status)

    async def _end_when_hung(self, heartbeat: Heartbeat) -> None:
        """What hangs cannot be asked to leave. On stopping, `stop` has a deadline of its own."""
        await heartbeat.until_hung()
        if not self._stopping.is_set():
            self._say("killed", reason="did nothing any more")
            self._signal(signal.SIGKILL)

    async def _start(self, heartbeat: int) -> asyncio.subprocess.Process:
        command = self.command
        errors = None if command.error_file is None else open_error_file(command.error_file)
        environment = os.environ if command.environment is None else command.environment
        try:
            return await asyncio.create_subprocess_exec(
                *command.arguments,
                stdin=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(*command.pass_fds, heartbeat),
                env={**environment, HEARTBEAT: str(heartbeat)},
            )
        finally:
            if errors is not None:
                errors.close()

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)

    def _reason(self, status: int) -> str:
        said = "" if self.command.error_file is None else last_error(self.command.error_file)
        return f"{describe_exit(status)}: {said}" if said else describe_exit(status)

    def _say(self, what: str, **details: object) -> None:
        self.report(what, {"child": self.command.name, **details})


def describe_exit(status: int) -> str:
    """A return code of `subprocess` in words."""
    if status < 0:
        return f"ended by signal {-status} ({signal.strsignal(-status)})"
    return "lost its parent" if status == ORPHANED else f"left with status {status}"
