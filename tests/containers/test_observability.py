"""The profile `observability`: what can be known of its files without its images."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from services.processes.cache import cache_folder
from tests.containers.composed import FIRST_NODES
from tests.containers.dashboard import ALERTS, metrics_named, panels, queries
from tests.running import ROOT

PROMETHEUS: Final = ROOT / "containers" / "prometheus" / "prometheus.yml"
PROVISIONING: Final = ROOT / "containers" / "grafana" / "provisioning"
ALERT_CASES: Final = ROOT / "tests" / "containers" / "alert_cases.yml"
GUIDE: Final = ROOT / "docs" / "operations.md"
SHOWN: Final = {
    "keytide_requests_total",
    "keytide_request_seconds_bucket",
    "keytide_records_appended_total",
    "keytide_records_applied_total",
    "keytide_records_published_total",
    "keytide_records_adopted_total",
    "keytide_publication_delay_seconds_bucket",
    "keytide_adoption_delay_seconds_bucket",
    "keytide_cache_hits_total",
    "keytide_peer_seconds_behind",
    "keytide_unadopted_records",
    "keytide_oldest_unadopted_seconds",
    "keytide_days_since_proven_recovery",
    "keytide_audit_entries_total",
    "keytide_audit_waiting",
    "keytide_audit_lag_seconds",
    "keytide_audit_digest_age_seconds",
}


def parsed(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def complaints(*arguments: str) -> str:
    """Prometheus's own judgement, by its promtool; "" where there is nothing to complain of."""
    found = shutil.which("promtool", path=os.pathsep.join((os.environ["PATH"], str(cache_folder("prometheus")))))
    if found is None:
        missing = "promtool is not here: queries and alerts are NOT PARSED (containers/take-prometheus gets it)"
        if os.environ.get("KEYTIDE_TEST_PROMTOOL") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    done = subprocess.run((found, *arguments), capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr or f"status {done.returncode}"


def test_prometheus_takes_its_configuration_and_alerts() -> None:
    assert complaints("check", "config", str(PROMETHEUS)) == ""


def test_every_query_of_the_dashboard_is_one(tmp_path: Path) -> None:
    rules = [{"record": f"query_{number}", "expr": query} for number, query in enumerate(queries())]
    (tmp_path / "queries.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert complaints("check", "rules", str(tmp_path / "queries.yml")) == ""


def test_alerts_are_given_when_they_are_due(tmp_path: Path) -> None:
    (tmp_path / "cases.yml").write_text(ALERT_CASES.read_text().replace("ALERTS", str(ALERTS)))
    assert complaints("test", "rules", str(tmp_path / "cases.yml")) == ""


def test_the_dashboard_shows_requests_latency_lag_staleness_what_is_at_stake_and_the_audit_trail() -> None:
    assert metrics_named() >= SHOWN


def test_every_node_is_scraped() -> None:
    (job,) = parsed(PROMETHEUS)["scrape_configs"]
    nodes = {name for region in FIRST_NODES for name in (region, f"{region}-node-2")}
    assert set(job["dns_sd_configs"][0]["names"]) == nodes


def test_panels_have_queries_of_the_one_source_and_do_not_overlap() -> None:
    (source,) = parsed(PROVISIONING / "datasources" / "prometheus.yml")["datasources"]
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {source["uid"]}
        place = panel["gridPos"]
        covered = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not covered & taken
        assert max(x for x, _ in covered) < 24
        taken |= covered


def test_every_alert_says_what_is_wrong_and_its_figure_is_explained() -> None:
    guide = re.sub(r"\{[^}]*\}", "", GUIDE.read_text())
    for group in parsed(ALERTS)["groups"]:
        for rule in group["rules"]:
            assert rule["annotations"]["summary"]
            for name in re.findall(r"(?<![~\"\w])keytide_[a-z_]+", rule["expr"]):
                assert name in guide, f"docs/operations.md does not say what {name} is"
