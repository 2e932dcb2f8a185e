"""Drills against the regions of docker-compose.yml: a broker is killed, and a region is cut off, under load."""

import json
import subprocess
from pathlib import Path

import pytest

from services.processes.command_line import keytide_arguments, keytide_environment
from tests.containers.composed import Composed
from tests.running import ROOT, THREE_REGIONS

pytestmark = pytest.mark.timeout(600)


def drill(scenario: str, *words: str) -> "subprocess.CompletedProcess[str]":
    command = keytide_arguments("drill", scenario, "--against", "compose", "--yes", *words)
    environment = keytide_environment(opens_keys=False)
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=500)


@pytest.mark.parametrize("scenario", ["broker-loss", "partition"])
def test_containers_pass_a_drill_and_sign_its_report(regions: Composed, scenario: str, tmp_path: Path) -> None:
    signed = tmp_path / "report.json"
    ended = drill(scenario, "--seconds", "5", "--recovery-time", "200", "--json", str(signed))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    report = json.loads(signed.read_text())["report"]
    assert report["regions"] == list(THREE_REGIONS)
    assert report["hit"] == THREE_REGIONS[-1]
    assert report["plan"]["log"] == "kafka"


def test_no_drill_destroys_a_volume(regions: Composed) -> None:
    refused = drill("disk-loss")
    assert refused.returncode == 1
    assert "not the drill's to destroy" in refused.stderr
