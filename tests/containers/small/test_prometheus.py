"""Prometheus beside the regions: it finds every node, takes the alerts, and no panel of the dashboard stays empty."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml

from tests.containers.composed import Composed
from tests.containers.dashboard import ALERTS, panels, shown
from tests.containers.small.drilling import passed_drill
from tests.containers.small.prometheus import asked, prometheus
from tests.running import THREE_REGIONS, wait_until

pytestmark = pytest.mark.timeout(600)
QUERIES: Final = [(panel["title"], query) for panel in panels() for query in shown(panel)]


@pytest.fixture(scope="module")
def after_a_drill(regions: Composed) -> Iterator[None]:
    """It has seen a drill, which is load, a cut, refusals, a promotion and a proven recovery."""
    with prometheus():
        wait_until(lambda: answers() and all(is_up(region) for region in THREE_REGIONS), "Prometheus sees the regions")
        passed_drill("returning-primary")
        yield


def answers() -> bool:
    with contextlib.suppress(OSError):
        return bool(asked("rules")["groups"])
    return False


def is_up(region: str) -> bool:
    return any(row["value"][1] == "1" for row in rows(f'up{{instance="{region}"}}'))


def rows(query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked("query", query=query)["result"]
    return found


def alerts() -> set[str]:
    """Those that are given, and those that are about to be."""
    return {alert["labels"]["alertname"] for alert in asked("alerts")["alerts"]}


def test_every_alert_is_taken_and_judged(after_a_drill: None) -> None:
    written = [rule["alert"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    (group,) = asked("rules")["groups"]
    assert [rule["name"] for rule in group["rules"]] == written
    assert {rule["name"]: rule.get("lastError") for rule in group["rules"] if rule["health"] != "ok"} == {}


@pytest.mark.parametrize(("title", "query"), QUERIES)
def test_no_panel_of_the_dashboard_is_empty(after_a_drill: None, title: str, query: str) -> None:
    wait_until(lambda: bool(rows(query)), f"{title}: {query}", 60)
    assert len(rows(query)) > 0


def test_nobody_is_warned_of_a_recovery_that_was_just_proven(after_a_drill: None) -> None:
    wait_until(lambda: "RecoveryNotProven" not in alerts(), "the alert is withdrawn", 60)
    for region in THREE_REGIONS:
        (row,) = rows(f'min by (region) (keytide_days_since_proven_recovery{{region="{region}"}})')
        assert 0 <= float(row["value"][1]) < 1
