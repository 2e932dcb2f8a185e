"""`keytide up` as a benchmark starts it: real processes in a folder of their own, on ports of their own."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from botocore.credentials import Credentials

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")


class Running(NamedTuple):
    """The API of `REGIONS[i]` listens on `port` + 1 + i, the front door on `port`."""

    port: int
    credentials: Credentials
    directory: Path


@contextmanager
def regions(*arguments: str) -> Iterator[Running]:
    """Start `keytide up` with more `arguments`, wait until it says it is ready, stop it in the end."""
    with tempfile.TemporaryDirectory(prefix="keytide-bench-") as folder, up(Path(folder) / "regions", *arguments) as it:
        yield it


@contextmanager
def up(directory: Path, *arguments: str) -> Iterator[Running]:
    """The same in `directory`, which stays."""
    port = _free_ports()
    command = [sys.executable, "-m", "services.cli", "up", "--directory", str(directory), "--port", str(port)]
    process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        _wait_until_ready(process)
        yield Running(port, _credentials(directory / "credentials.env"), directory)
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_ready(process: "subprocess.Popen[str]") -> None:
    if process.stdout is None:
        raise AssertionError("the output is a pipe")
    for line in process.stdout:
        if "Keytide is ready" in line:
            return
    raise RuntimeError(f"keytide up ended with {process.wait()} before it was ready")


def _free_ports() -> int:
    """A base whose ports are likely free: the kernel hands out its own far above."""
    for base in range(21_000, 30_000, 400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", base)) and probe.connect_ex(("127.0.0.1", base + 1)):
                return base
    raise RuntimeError(f"process {os.getpid()} finds no free ports between 21000 and 30000")


def _credentials(path: Path) -> Credentials:
    exports = dict(line.removeprefix("export ").split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    secret = exports["AWS_SECRET_ACCESS_KEY"].strip("'\"")
    return Credentials(exports["AWS_ACCESS_KEY_ID"].strip("'\""), secret)
