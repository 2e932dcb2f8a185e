"""The directory of a run that was made before: what it lacks is said at once, and concerns no other region."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from services.cli.faults import CannotStart
from services.cli.regions_directory import prepare
from services.cli.topology import Topology
from services.front_door.settings import read_door_settings
from services.region_node.request_settings import AttestationSettings
from services.region_node.settings import read_node_settings, write_node_settings
from tests.nitro.enclave import Enclave

NOW = 1_790_000_000_000


@pytest.fixture
def topology(tmp_path: Path) -> Topology:
    made = Topology(directory=tmp_path, regions=("us-east-1", "eu-west-1"), port=8100, workers=1, kafka=False)
    prepare(made, NOW)
    return made


def test_a_directory_that_is_whole_is_taken_as_it_is(topology: Topology) -> None:
    nodes, unfit = prepare(topology, NOW)
    assert [node.region for node in nodes] == ["us-east-1", "eu-west-1"]
    assert unfit == {}


def spoil_root(directory: Path) -> None:
    (directory / "root").unlink()


def open_root_to_others(directory: Path) -> None:
    (directory / "root").chmod(0o644)


def exchange_root(directory: Path) -> None:
    (directory / "root").write_bytes(bytes(32))


def spoil_settings(directory: Path) -> None:
    (directory / "node.json").write_text("{")


def lose_settings(directory: Path) -> None:
    (directory / "node.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (spoil_root, "eu-west-1/root"),
        (open_root_to_others, "eu-west-1/root"),
        (exchange_root, "eu-west-1"),
        (spoil_settings, "eu-west-1/node.json"),
        (lose_settings, "eu-west-1/node.json"),
    ],
)
def test_a_region_whose_files_are_not_in_order_is_left_out_and_named(
    topology: Topology, spoil: Callable[[Path], None], named: str
) -> None:
    spoil(topology.directory / "eu-west-1")
    nodes, unfit = prepare(topology, NOW)
    assert [node.region for node in nodes] == ["us-east-1"]
    assert list(unfit) == ["eu-west-1"]
    assert named in unfit["eu-west-1"]
    door = read_door_settings(topology.directory)
    assert [row.region for row in door.regions] == ["us-east-1", "eu-west-1"]


def test_where_no_region_is_in_order_nothing_is_started(topology: Topology) -> None:
    for region in topology.regions:
        spoil_root(topology.directory / region)
    with pytest.raises(CannotStart, match=r"us-east-1.*eu-west-1"):
        prepare(topology, NOW)


def test_a_fault_of_the_program_is_not_taken_for_one_of_a_region(
    topology: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_given: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("services.cli.regions_directory.open_region_keys", break_down)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        prepare(topology, NOW)


def test_a_trust_anchor_that_is_gone_is_named(topology: Topology) -> None:
    node = read_node_settings(topology.directory / "eu-west-1", "eu-west-1")
    root = topology.directory / "eu-west-1" / "root.pem"
    write_node_settings(replace(node, attestation=AttestationSettings((Path("root.pem"),))))
    assert f"attestation.trust_anchors: {root}: cannot be read" in prepare(topology, NOW).unfit["eu-west-1"]
    root.write_bytes(Enclave(NOW).root.pem)
    assert prepare(topology, NOW).nodes[1].attestation.trust_anchors == (Path("root.pem"),)
