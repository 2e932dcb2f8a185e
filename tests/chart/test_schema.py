"""The chart beside the program: what can be known of it without Helm."""

import json
import re
import tomllib
from typing import Any, Final, get_args, get_type_hints

import yaml

from services.region_node.settings.settings import KafkaSettings
from shared.identifiers import REGION_PATTERN
from shared.nodes.model import NODE_PATTERN
from tests.chart.settings_schema import SCHEMA, settings_schema
from tests.chart.tools import CHART
from tests.running import ROOT

WHOLE: Final[dict[str, Any]] = json.loads(SCHEMA.read_text())
VALUES: Final = WHOLE["properties"]


def test_the_settings_are_those_that_the_program_reads() -> None:
    """Where this fails: python -m tests.chart.settings_schema."""
    assert VALUES["settings"]["properties"] == settings_schema()


def test_a_cluster_has_the_members_that_the_program_reads() -> None:
    members, hints = WHOLE["definitions"]["kafka"]["properties"], get_type_hints(KafkaSettings)
    assert members.keys() - {"secret"} == hints.keys()
    assert members["security_protocol"]["enum"] == list(get_args(hints["security_protocol"]))
    assert members["sasl_mechanism"]["enum"] == list(get_args(get_args(hints["sasl_mechanism"])[0]))


def test_names_are_those_that_the_program_takes() -> None:
    region, node = (re.compile(f"^{pattern.pattern}$").pattern for pattern in (REGION_PATTERN, NODE_PATTERN))
    assert VALUES["region"]["pattern"] == VALUES["peers"]["propertyNames"]["pattern"] == region
    assert VALUES["nodes"]["items"]["pattern"] == node


def test_every_value_is_described_and_has_a_default() -> None:
    assert all("description" in value for value in VALUES.values())
    assert VALUES.keys() - {"global"} == yaml.safe_load((CHART / "values.yaml").read_text()).keys()


def test_the_chart_is_of_the_version_of_the_program() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == project["version"]
