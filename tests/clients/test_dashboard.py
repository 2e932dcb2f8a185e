"""Every metric that the dashboard and the alerts name is one that a region has."""

import urllib.request
from typing import Any

import pytest

from tests.containers.dashboard import AFTER_A_DRILL, metrics_named
from tests.running import THREE_REGIONS, Running, eventually, wait_until


def names_of(keytide: Running, region: str) -> set[str]:
    """The names of the region's samples."""
    with urllib.request.urlopen(f"{keytide.endpoint(region)}/metrics", timeout=10) as answer:  # noqa: S310 - loopback
        lines = answer.read().decode().splitlines()
    return {line.partition("{")[0] for line in lines if not line.startswith("#")}


@pytest.mark.parametrize("region", THREE_REGIONS)
def test_every_metric_of_the_dashboard_is_one_of_each_region(keytide: Running, region: str) -> None:
    client: Any = keytide.client(region)
    eventually(client.list_keys)
    expected = metrics_named() - AFTER_A_DRILL
    wait_until(lambda: expected <= names_of(keytide, region), f"{region} has every metric", 10)
    assert expected - names_of(keytide, region) == set()
