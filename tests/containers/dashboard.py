"""The queries of the dashboard and of the alerts, and the metrics that they name."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from tests.running import ROOT

DASHBOARD: Final = ROOT / "containers" / "grafana" / "dashboards" / "keytide.json"
ALERTS: Final = ROOT / "containers" / "prometheus" / "alerts.yml"
AFTER_A_DRILL: Final = {"keytide_days_since_proven_recovery"}
"""What a region has no figure of before it has passed a drill."""
_METRIC = re.compile(r"(?<![~\"\w])keytide_[a-z0-9_]+")


def panels() -> list[dict[str, Any]]:
    """Those that show something."""
    every: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return [panel for panel in every if panel["type"] != "row"]


def shown(panel: dict[str, Any]) -> Iterator[str]:
    """Its PromQL, with the dashboard's variable replaced by what it stands for."""
    yield from (target["expr"].replace("$region", ".+") for target in panel["targets"])


def queries() -> Iterator[str]:
    """PromQL of the dashboard and of the alerts."""
    for panel in panels():
        yield from shown(panel)
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def metrics_named() -> set[str]:
    return {name for query in queries() for name in _METRIC.findall(query)}
