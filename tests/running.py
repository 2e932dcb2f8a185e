"""`keytide up` as real processes on free ports, and unmodified AWS clients for it.

Owns starting, stopping and killing a run, its clients, and the sight of its processes.
"""

import atexit
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from services.cli.credentials import Credentials, read_credentials

ROOT: Final = Path(__file__).parents[1]
READY: Final = "Keytide is ready"
PATIENCE_SECONDS: Final = 120.0
"""For what takes seconds on a machine that does nothing else."""
THREE_REGIONS: Final = ("us-east-1", "eu-west-1", "ap-southeast-2")
TWO_REGIONS: Final = THREE_REGIONS[:2]
OFFSETS: Final = (0, 1, 2, 3, 101, 102, 103, 201, 202, 203, 251, 252, 253)
SECOND_NODE: Final = 300
"""The ports of a region's second node are so much higher."""
BASES: Final = tuple(base + turn for base in range(12_000, 31_800, 600) for turn in range(0, 48, 4))
"""Below the ports that the system gives out by itself; no two have a port in common."""
RESERVED: Final = contextlib.ExitStack()
atexit.register(RESERVED.close)
ALONE: Final = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Environment under which AWS clients heed nothing that this machine has set."""

Answer = TypeVar("Answer")


class Process(NamedTuple):
    """One running process as `ps` shows it."""

    number: int
    parent: int
    group: int
    command_line: str


class Running:
    """A run of `keytide up` in a process group of its own. `directory` may have been used by a run before."""

    def __init__(
        self,
        directory: Path,
        regions: Sequence[str] = THREE_REGIONS,
        *arguments: str,
        port: int | None = None,
    ) -> None:
        self.directory, self.regions = directory, tuple(regions)
        self.port = free_port() if port is None else port
        self._arguments = arguments
        self._clients: list[Any] = []
        self._output_file = directory.with_name(directory.name + ".output")
        self.process = self._spawn()

    @property
    def output(self) -> str:
        return self._output_file.read_text()

    @property
    def door(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def credentials(self) -> Credentials:
        kept = read_credentials(self.directory)
        assert kept is not None
        return kept

    def endpoint(self, region: str) -> str:
        """The region's own, beside the front door."""
        return f"http://127.0.0.1:{self.port + 1 + self.regions.index(region)}"

    def ready(self) -> "Running":
        """Wait until the run has proven itself; raises AssertionError with its output where it does not."""
        wait_until(lambda: READY in self.output or self.process.poll() is not None, "keytide up is ready")
        assert READY in self.output, self.output
        return self

    def again(self) -> "Running":
        """A new run in the same directory, at the same ports."""
        return Running(self.directory, self.regions, *self._arguments, port=self.port)

    def client(
        self,
        region: str,
        service: str = "kms",
        *,
        endpoint: str | None = None,
        secret: str | None = None,
        access_key_id: str | None = None,
        attempts: int = 1,
        read_timeout: float = 30,
        connections: int = 10,
    ) -> Any:
        """A boto3 client through the front door, unless `endpoint` says otherwise; it does not retry unless told."""
        credentials = self.credentials
        session = boto3.Session(
            aws_access_key_id=access_key_id or credentials.access_key_id,
            aws_secret_access_key=secret or credentials.secret.reveal().decode(),
            region_name=region,
        )
        retries = {"mode": "standard", "total_max_attempts": attempts}
        configuration = Config(
            retries=retries, connect_timeout=5, read_timeout=read_timeout, max_pool_connections=connections
        )
        client = session.client(service, endpoint_url=endpoint or self.door, config=configuration)
        self._clients.append(client)
        return client

    def processes(self) -> list[Process]:
        """Those of the run's process group that have not ended."""
        return [process for process in all_processes() if process.group == self.process.pid]

    def find(self, *words: str) -> Process:
        """The one process of the run whose command line has all `words`."""
        (found,) = [row for row in self.processes() if all(word in row.command_line.split() for word in words)]
        return found

    def of_region(self, region: str) -> list[Process]:
        return [row for row in self.processes() if region in row.command_line.split()]

    def stop(self) -> int:
        """End it as Ctrl-C does; returns its status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """`kill -9` of every process at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)
        self.wait_for_nothing_left()

    def wait_for_nothing_left(self) -> None:
        wait_until(lambda: not self.processes(), "every process of the run has ended")

    def close(self) -> None:
        """Leave nothing behind, however the test went."""
        for client in self._clients:
            client.close()
        self._clients.clear()
        if self.process.poll() is None or self.processes():
            self.kill()

    def _spawn(self) -> subprocess.Popen[bytes]:
        place = ("--directory", str(self.directory), "--port", str(self.port), "--regions", ",".join(self.regions))
        with self._output_file.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "services.cli", "up", *place, *self._arguments],
                env=child_environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )


def child_environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def all_processes() -> Iterator[Process]:
    columns = ["-o", "pid=", "-o", "ppid=", "-o", "pgid=", "-o", "stat=", "-o", "args="]
    listing = subprocess.run(["ps", "-eww", *columns], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        number, parent, group, state, command_line = line.split(None, 4)
        if not state.startswith("Z"):
            yield Process(int(number), int(parent), int(group), command_line)


def free_port() -> int:
    """A base whose neighbours are free as well. No other process of tests gets it while this one lives."""
    for base in random.sample(BASES, len(BASES)):
        if all(_is_free(base + node + offset) for node in (0, SECOND_NODE) for offset in OFFSETS) and _reserve(base):
            return base
    raise AssertionError("no free ports")


def _reserve(base: int) -> bool:
    """Bind it for UDP, which no process of a run uses. Between the look at a port and a run's use of it lie seconds."""
    holder = socket.socket(type=socket.SOCK_DGRAM)
    try:
        holder.bind(("127.0.0.1", base))
    except OSError:
        holder.close()
        return False
    RESERVED.enter_context(holder)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until(condition: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)


def eventually(attempt: Callable[[], Answer], seconds: float = PATIENCE_SECONDS) -> Answer:
    """The first answer that is no error of an AWS client."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except (BotoCoreError, ClientError):
            if time.monotonic() >= deadline:
                raise
        time.sleep(0.02)


def code_of(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
