"""The regions of docker-compose.yml, as a drill breaks them with Docker Compose.

Owns what is done to their containers and networks, and what cannot be done to them.
"""

import json
import subprocess
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from botocore.credentials import Credentials

from services.cli.credentials import parse_credentials
from services.drill.client import Client
from services.drill.faults import CannotDrill
from services.drill.scenarios import Need
from services.drill.site import Told
from shared.identifiers import REGION_PATTERN

BACKBONE = "backbone"
API_PORT = 8100
"""Within a container."""
CREDENTIALS = "/var/lib/keytide/credentials.env"
COMMAND_SECONDS = 300.0
KEPT = "the volumes of these regions are not the drill's to destroy"


class ComposeSite:
    """See `Site`. It is the project of the working directory, or of COMPOSE_FILE. Errors: CannotDrill."""

    kafka = True
    goes_on = True
    name = "containers of Docker Compose"
    lacking: Mapping[Need, str] = {
        Need.SLOW_LINKS: "containers speak to each other without a proxy between them",
        Need.DISKS: KEPT,
    }

    def __init__(self) -> None:
        self._project = json.loads(_run("docker", "compose", "config", "--format", "json"))
        services = self._project["services"]
        self.regions: tuple[str, ...] = tuple(sorted(filter(REGION_PATTERN.fullmatch, services), key=self._port))
        if not self.regions:
            raise CannotDrill("the containers of this project are no regions")

    def _port(self, region: str) -> int:
        """On loopback: the first region, which is home, has the lowest."""
        ports = self._project["services"][region]["ports"]
        return next(int(port["published"]) for port in ports if port["target"] == API_PORT)

    @cached_property
    def _signing(self) -> Credentials:
        found = parse_credentials(_run(*_inside(self.regions[0], "cat", CREDENTIALS)))
        if found is None:
            raise CannotDrill(f"{self.regions[0]} has no credentials of an administrator")
        return Credentials(found.access_key_id, found.secret.reveal().decode())

    def connect(self, region: str) -> Client:
        return Client(self._port(region), region, self._signing)

    def command(self, region: str, *words: str) -> Told:
        return _told(*_inside(region, "keytide", *words))

    def lose(self, region: str) -> None:
        """With its brokers."""
        _run("docker", "compose", "kill", region, *self._brokers(region))

    def bring_back(self, region: str) -> None:
        _run("docker", "compose", "up", "--detach", "--wait", "--no-deps", *self._brokers(region))
        _run("docker", "compose", "up", "--detach", "--no-deps", region)

    def kill_broker(self, region: str) -> None:
        _run("docker", "compose", "kill", *self._brokers(region))

    def bring_back_broker(self, region: str) -> None:
        _run("docker", "compose", "up", "--detach", "--wait", "--no-deps", *self._brokers(region))

    def cut(self, region: str) -> None:
        _run("docker", "network", "disconnect", self._backbone, self._container(region))

    def slow(self, _region: str) -> None:
        raise CannotDrill(self.lacking[Need.SLOW_LINKS])

    def mend(self, region: str) -> None:
        """Without the alias the others would not find it any more."""
        _run("docker", "network", "connect", "--alias", region, self._backbone, self._container(region))

    def destroy(self, _region: str) -> None:
        raise CannotDrill(KEPT)

    def archive(self, _region: str) -> str:
        raise CannotDrill(KEPT)

    def restore(self, _region: str, _archive: str) -> Told:
        raise CannotDrill(KEPT)

    @property
    def _backbone(self) -> str:
        networks: Mapping[str, Any] = self._project["networks"]
        return str(networks[BACKBONE]["name"])

    def _container(self, region: str) -> str:
        return _run("docker", "compose", "ps", "--quiet", region).strip()

    def _brokers(self, region: str) -> list[str]:
        return [service for service in self._project["services"] if service.startswith(f"{region}-kafka-")]


def _inside(region: str, *command: str) -> tuple[str, ...]:
    """Run in the region's container, as whom its node runs."""
    return ("docker", "compose", "exec", "--no-TTY", region, *command)


def _told(*command: str) -> Told:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=COMMAND_SECONDS)
    except FileNotFoundError:
        raise CannotDrill("Docker is not here: docs/containers.md") from None
    return Told(ended.returncode, ended.stdout if ended.returncode == 0 else ended.stdout + ended.stderr)


def _run(*command: str) -> str:
    """Errors: CannotDrill."""
    told = _told(*command)
    if told.status != 0:
        raise CannotDrill(f"{' '.join(command)}: {told.text.strip()}")
    return told.text
