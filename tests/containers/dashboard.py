"""The queries of the dashboard and of the alerts, and the metrics that they name."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from tests.running import ROOT

DASHBOARD: Final = ROOT / "containers" / "grafana" / "dashboards" / "keytide.json"
ALERTS: Final = ROOT / "containers" / "prometheus" / "alerts.yml"
_METRIC = re.compile(r"(?<![~\"\w])keytide_[a-z0-9_]+")


def panels() -> list[dict[str, Any]]:
    """Those that show something."""
    every: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return [panel for panel in every if panel["type"] != "row"]


def queries() -> Iterator[str]:
    """PromQL, with the dashboard's variable replaced by what it stands for."""
    for panel in panels():
        yield from (target["expr"].replace("$region", ".+") for target in panel["targets"])
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def metrics_named() -> set[str]:
    return {name for query in queries() for name in _METRIC.findall(query)}
