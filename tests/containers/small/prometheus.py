"""The Prometheus of docker-compose.yml: its image where the engine has it, else Debian's program.

Owns its start and end beside regions that run, and its HTTP API.
"""

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import yaml

from tests.containers.composed import Composed
from tests.running import ROOT

SERVICE: Final = "prometheus"
API: Final = "http://127.0.0.1:9090/api/v1"
COMPOSE_FILE: Final = "docker-compose.yml"
DEBIAN: Final = ("--file", "containers/debian-prometheus.yml")


@contextmanager
def prometheus() -> Iterator[None]:
    """It answers; what it has gathered goes with it."""
    composed = Composed("--file", COMPOSE_FILE, *(() if _image_is_here() else DEBIAN), "--profile", "observability")
    try:
        composed.compose("up", "--detach", "--wait", "--no-deps", SERVICE)
        yield
    finally:
        composed.compose("rm", "--force", "--stop", SERVICE)


def asked(path: str, **parameters: str) -> Any:
    """The data of its answer. Errors: OSError."""
    address = f"{API}/{path}?{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - loopback
        return json.load(answer)["data"]


def _image_is_here() -> bool:
    image = yaml.safe_load((ROOT / COMPOSE_FILE).read_text())["services"][SERVICE]["image"]
    return subprocess.run(("docker", "image", "inspect", image), capture_output=True, check=False).returncode == 0
