"""Drills against the regions of docker-compose.yml: what they break, and that their report is signed."""

import json
from pathlib import Path

import pytest

from tests.containers.composed import Composed
from tests.containers.small.drilling import drill, passed_drill
from tests.running import THREE_REGIONS

pytestmark = pytest.mark.timeout(600)
HOME, _, THIRD = THREE_REGIONS
HIT = {"broker-loss": THIRD, "region-loss": HOME}
"""By scenario. A region is cut off in test_prometheus.py."""


@pytest.mark.parametrize("scenario", HIT)
def test_containers_pass_a_drill_and_sign_its_report(regions: Composed, scenario: str, tmp_path: Path) -> None:
    signed = tmp_path / "report.json"
    passed_drill(scenario, "--json", str(signed))
    report = json.loads(signed.read_text())["report"]
    assert report["regions"] == list(THREE_REGIONS)
    assert report["hit"] == HIT[scenario]
    assert report["plan"]["log"] == "kafka"


def test_no_drill_destroys_a_volume(regions: Composed) -> None:
    refused = drill("disk-loss")
    assert refused.returncode == 1
    assert "not the drill's to destroy" in refused.stderr
