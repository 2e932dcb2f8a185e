"""The directory of a run that was made before: what it lacks is said before any process starts."""

from pathlib import Path

import pytest

from services.cli.regions_directory import prepare
from services.cli.topology import Topology
from services.region_node.root import KeysUnavailable

NOW = 1_790_000_000_000


@pytest.fixture
def topology(tmp_path: Path) -> Topology:
    made = Topology(directory=tmp_path, regions=("us-east-1", "eu-west-1"), port=8100, workers=1, kafka=False)
    prepare(made, NOW)
    return made


def test_a_directory_that_is_whole_is_taken_as_it_is(topology: Topology) -> None:
    assert [node.region for node in prepare(topology, NOW)] == ["us-east-1", "eu-west-1"]


def test_a_root_that_is_gone_is_named(topology: Topology) -> None:
    root = topology.directory / "eu-west-1" / "root"
    root.unlink()
    with pytest.raises(KeysUnavailable, match=str(root)):
        prepare(topology, NOW)


def test_a_root_that_others_may_read_is_refused(topology: Topology) -> None:
    root = topology.directory / "eu-west-1" / "root"
    root.chmod(0o644)
    with pytest.raises(KeysUnavailable, match=str(root)):
        prepare(topology, NOW)


def test_another_root_opens_no_keys(topology: Topology) -> None:
    (topology.directory / "eu-west-1" / "root").write_bytes(bytes(32))
    with pytest.raises(KeysUnavailable, match="eu-west-1"):
        prepare(topology, NOW)
