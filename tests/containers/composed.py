"""The regions of docker-compose.yml as real containers, and unmodified AWS clients for them.

Owns starting and removing them, breaking them, and what is shown where a start fails. Without `KEYTIDE_TEST_DOCKER` the
tests skip and say so; with `required` they fail where Docker Compose is not there.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config

from services.cli.credentials import Credentials, parse_credentials
from tests.running import ROOT, THREE_REGIONS

STARTING_SECONDS: Final = 300
DOOR: Final = 8100
FIRST_NODES: Final = {region: DOOR + number for number, region in enumerate(THREE_REGIONS, 1)}
SECOND_NODES: Final = {region: port + 300 for region, port in FIRST_NODES.items()}
DIRECTORY: Final = "/var/lib/keytide"


def require_docker() -> None:
    """Skip, or fail where the tests are required, unless Docker Compose answers."""
    if "KEYTIDE_TEST_DOCKER" not in os.environ:
        pytest.skip("the containers are NOT TESTED here: make containers does it")
    probe = subprocess.run(("docker", "compose", "ls"), capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        pytest.fail(f"Docker Compose does not answer: {probe.stderr}")


@contextmanager
def composed_regions(*arguments: str) -> "Iterator[Composed]":
    """Those of one project, healthy; their volumes go with them. What a killed run has left goes before."""
    composed = Composed(*arguments)
    try:
        composed.remove()
        composed.up()
        yield composed
    finally:
        composed.close()


class Composed:
    """One project. `arguments`: before the command of `docker compose`, such as `--env-file`."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._clients: list[Any] = []

    def up(self) -> None:
        """Start what there is, and wait until all of it is healthy. Raises AssertionError with the containers' logs."""
        started = self._run("up", "--detach", "--wait", "--wait-timeout", str(STARTING_SECONDS))
        if started.returncode != 0:
            pytest.fail(f"{started.stderr[-3000:]}\n{self._run('logs', '--tail', '15').stdout[-12000:]}")

    def down(self, *arguments: str) -> None:
        """Remove the containers; the volumes stay, unless `--volumes` is said."""
        self.compose("down", "--timeout", "20", *arguments)

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.remove()

    def remove(self) -> None:
        """The containers and volumes of the whole project, profiles too."""
        self._run("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "1")

    def compose(self, *arguments: str) -> str:
        """What `docker compose` prints. Raises AssertionError where it fails."""
        done = self._run(*arguments)
        assert done.returncode == 0, f"docker compose {' '.join(arguments)}: {done.stderr}{done.stdout}"
        return done.stdout

    def execute(self, service: str, *command: str) -> str:
        """Run a command in the service's container."""
        return self.compose("exec", "--no-TTY", service, *command)

    def kill(self, *services: str) -> None:
        """SIGKILL; they stay down until `start`."""
        self.compose("kill", *services)

    def start(self, *services: str) -> None:
        self.compose("up", "--detach", "--wait", *services)

    def cut_off(self, service: str) -> None:
        """Take the service off the network between the regions."""
        _docker("network", "disconnect", "keytide_backbone", f"keytide-{service}-1")

    def reconnect(self, service: str) -> None:
        """Without the alias the others would not find it any more."""
        _docker("network", "connect", "--alias", service, "keytide_backbone", f"keytide-{service}-1")

    def inspected(self, service: str) -> Any:
        """As `docker inspect` shows the service's container."""
        return json.loads(_docker("inspect", f"keytide-{service}-1"))[0]

    @cached_property
    def credentials(self) -> Credentials:
        """Of the administrator, as its file in the home region says."""
        parsed = parse_credentials(self.execute(THREE_REGIONS[0], "cat", f"{DIRECTORY}/credentials.env"))
        assert parsed is not None
        return parsed

    def client(
        self, region: str, port: int = DOOR, *, service: str = "kms", credentials: Credentials | None = None
    ) -> Any:
        """A boto3 client that does not retry; through the front door, or of the node behind `port`.

        It is the administrator's, unless other credentials are given.
        """
        own = credentials or self.credentials
        session = boto3.Session(
            aws_access_key_id=own.access_key_id,
            aws_secret_access_key=own.secret.reveal().decode(),
            region_name=region,
        )
        configuration = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60)
        client = session.client(service, endpoint_url=f"http://127.0.0.1:{port}", config=configuration)
        self._clients.append(client)
        return client

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command: Sequence[str] = ("docker", "compose", *self._arguments, *arguments)
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def _docker(*arguments: str) -> str:
    return subprocess.run(("docker", *arguments), capture_output=True, text=True, check=True).stdout


def private_file(path: Path, content: str, user: int) -> None:
    """A file that this user of a container may read, and nobody else."""
    path.write_text(content)
    path.chmod(0o400)
    os.chown(path, user, user)
