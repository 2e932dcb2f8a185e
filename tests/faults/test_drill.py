"""Drills from beginning to end: real regions are started, broken under load, and sign the report."""

import json
import subprocess
from pathlib import Path

import pytest
import urllib3

from services.processes.command_line import keytide_arguments, keytide_environment
from tests.running import TWO_REGIONS, Running
from tests.thoroughness import in_full_only

HOME, PEER = TWO_REGIONS
SECONDS = 330
OTHERS = ("slow-link", "disk-loss", "restore")
"""What only regions of the drill's own are broken by; the others are drilled below, and in tests/containers."""


def keytide(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        keytide_arguments(*words),
        env=keytide_environment(opens_keys=True),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def drill(scenario: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return keytide("drill", scenario, "--regions", ",".join(TWO_REGIONS), "--seconds", "1", *words)


@in_full_only
@pytest.mark.timeout(SECONDS + 30)
def test_a_lost_region_is_drilled_and_the_regions_sign_the_report(tmp_path: Path) -> None:
    signed, shown = tmp_path / "report.json", tmp_path / "report.html"
    ended = drill("region-loss", "--recovery-time", "300", "--json", str(signed), "--html", str(shown))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.rstrip().endswith("PASSED")
    report = json.loads(signed.read_text())["report"]
    assert (report["passed"], report["hit"], report["regions"]) == (True, HOME, [HOME, PEER])
    assert set(report["figures"]["lost"].values()) == {0}
    assert report["figures"]["acknowledged"]["changes in common"] > 0
    assert report["figures"]["recovery_time"] > 0
    assert any(one["region"] == HOME for one in report["figures"]["refusals"])
    assert "<svg" in shown.read_text()
    verified = keytide("drill", "verify", str(signed))
    assert verified.returncode == 0, verified.stderr
    assert "passed; signed by" in verified.stdout
    signed.write_text(signed.read_text().replace('"passed": true', '"passed": false'))
    refused = keytide("drill", "verify", str(signed))
    assert refused.returncode == 1
    assert "its hash is another" in refused.stderr


@in_full_only
@pytest.mark.timeout(SECONDS + 30)
@pytest.mark.parametrize("scenario", OTHERS)
def test_what_no_region_that_goes_on_is_hurt_by_is_drilled_too(scenario: str, tmp_path: Path) -> None:
    signed = tmp_path / "report.json"
    ended = drill(scenario, "--recovery-time", "300", "--json", str(signed))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(signed.read_text())["report"]["hit"] == PEER


@in_full_only
@pytest.mark.timeout(SECONDS + 30)
def test_a_drill_whose_expectation_fails_says_which_and_ends_with_1(tmp_path: Path) -> None:
    signed = tmp_path / "report.json"
    ended = drill("partition", "--recovery-time", "0.001", "--json", str(signed))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "no   the service is back within the recovery time" in ended.stdout
    assert "FAILED: 1 of" in ended.stdout
    assert not json.loads(signed.read_text())["report"]["passed"]
    assert keytide("drill", "verify", str(signed)).returncode == 1


@in_full_only
@pytest.mark.timeout(SECONDS + 30)
def test_regions_that_go_on_are_broken_only_where_somebody_agrees_and_keep_what_cannot_come_back(
    tmp_path: Path,
) -> None:
    run = Running(tmp_path / "keytide", TWO_REGIONS).ready()
    try:
        place = ("--against", str(run.directory))
        unasked = keytide("drill", "region-loss", *place)
        assert (unasked.returncode, "nobody is here to be asked" in unasked.stderr) == (1, True)
        for scenario, reason in (("disk-loss", "disks"), ("partition", "links"), ("broker-loss", "embedded")):
            refused = keytide("drill", scenario, *place, "--yes")
            assert (refused.returncode, reason in refused.stderr) == (1, True), refused.stderr
        drilled = keytide("drill", "region-loss", *place, "--yes", "--seconds", "1", "--recovery-time", "300")
        assert drilled.returncode == 0, drilled.stdout + drilled.stderr
        for region in TWO_REGIONS:
            metrics = urllib3.request("GET", f"{run.endpoint(region)}/metrics", timeout=20).data.decode()
            assert "keytide_days_since_proven_recovery" in metrics
        assert run.stop() == 0
    finally:
        run.close()
