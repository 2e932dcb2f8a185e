"""The directory of a run that was made before: what it lacks is said before any process starts."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.cli.regions_directory import prepare
from services.cli.topology import Topology
from services.region_node.request_settings import AttestationSettings
from services.region_node.root import KeysUnavailable
from services.region_node.settings import read_node_settings, write_node_settings
from services.strict_settings import SettingsError
from tests.nitro.enclave import Enclave

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


def test_a_trust_anchor_that_is_gone_is_named(topology: Topology) -> None:
    node = read_node_settings(topology.directory / "eu-west-1", "eu-west-1")
    root = topology.directory / "eu-west-1" / "root.pem"
    write_node_settings(replace(node, attestation=AttestationSettings((Path("root.pem"),))))
    with pytest.raises(SettingsError, match=f"attestation.trust_anchors: {root}: cannot be read"):
        prepare(topology, NOW)
    root.write_bytes(Enclave(NOW).root.pem)
    assert prepare(topology, NOW)[1].attestation.trust_anchors == (Path("root.pem"),)
