"""The directory of a run that was made before: what it lacks is said at once, and concerns no other region."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.cli.faults import CannotStart
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.front_door.settings import read_door_settings
from services.region_node.requests.settings import AttestationSettings
from services.region_node.settings.settings import (
    SETTINGS_FILE,
    Address,
    KafkaSettings,
    PeerSettings,
    read_node_settings,
    write_node_settings,
)
from services.strict_settings import encode_settings
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

    monkeypatch.setattr("services.cli.regions_directory.open_keys", break_down)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        prepare(topology, NOW)


def test_a_trust_anchor_that_is_gone_is_named(topology: Topology) -> None:
    node = read_node_settings(topology.directory / "eu-west-1", "eu-west-1")
    root = topology.directory / "eu-west-1" / "root.pem"
    write_node_settings(replace(node, attestation=AttestationSettings((Path("root.pem"),))))
    assert f"attestation.trust_anchors: {root}: cannot be read" in prepare(topology, NOW).unfit["eu-west-1"]
    root.write_bytes(Enclave(NOW).root.pem)
    assert prepare(topology, NOW).nodes[1].attestation.trust_anchors == (Path("root.pem"),)


def set_by_hand(topology: Topology, region: str, **members: object) -> dict[str, Any]:
    """The node's file with these members written into it."""
    path = topology.region_directory(region) / SETTINGS_FILE
    written: dict[str, Any] = {**json.loads(path.read_text()), **members}
    path.write_text(json.dumps(written))
    return written


def stored(topology: Topology, region: str) -> dict[str, Any]:
    members: dict[str, Any] = json.loads((topology.region_directory(region) / SETTINGS_FILE).read_text())
    return members


def test_a_later_start_changes_its_ports_and_nothing_else(topology: Topology) -> None:
    before = stored(topology, "us-east-1")
    prepare(topology._replace(port=9100), NOW)
    peer = {**before["peers"][0], "feed": {"host": "127.0.0.1", "port": 9202}}
    moved = {"api": {"host": "127.0.0.1", "port": 9101}, "feed": {"host": "127.0.0.1", "port": 9201}, "peers": [peer]}
    assert stored(topology, "us-east-1") == before | moved


CLUSTER = {
    **encode_settings(KafkaSettings("kafka-1:9093,kafka-2:9093")),  # type: ignore[dict-item]
    "security_protocol": "SSL",
    "certificate_authority_file": "/etc/ca.pem",
    "replication_factor": 3,
}
ELSEWHERE = {"region": "eu-west-1", "feed": {"host": "192.0.2.7", "port": 7000}, "kafka": None}


@pytest.mark.parametrize(
    "members",
    [
        {"log": CLUSTER},
        {"peers": [ELSEWHERE]},
        {"peers": [{"region": "eu-west-1", "feed": None, "kafka": CLUSTER}]},
        {"peers": [{**ELSEWHERE, "region": "sa-east-1"}]},
        {"peers": []},
        {"quotas": {"keys_per_account": 5, "aliases_per_key": 6, "tags_per_key": 7, "policy_bytes": 8}},
        {"door_socket": "run/d.sock", "workers": 4, "node": "node-7"},
        {"api": {"host": "0.0.0.0", "port": 8101}},  # noqa: S104 - an operator may listen everywhere
    ],
)
@pytest.mark.parametrize("kafka", [False, True])
def test_what_was_set_by_hand_stays(tmp_path: Path, members: dict[str, object], kafka: bool) -> None:
    """Above all a cluster and its security: a region that changes its log loses its keys."""
    topology = Topology(("us-east-1", "eu-west-1"), tmp_path, 8100, None, kafka)
    prepare(topology, NOW)
    written = set_by_hand(topology, "us-east-1", **members)
    for _ in range(2):
        prepare(topology, NOW)
        assert stored(topology, "us-east-1") == written


def test_brokers_of_this_machine_are_found_under_their_new_ports_with_what_was_set(tmp_path: Path) -> None:
    topology = Topology(("us-east-1", "eu-west-1"), tmp_path, 8100, None, kafka=True)
    prepare(topology, NOW)
    set_by_hand(topology, "us-east-1", log={**stored(topology, "us-east-1")["log"], "cluster_id": "mine"})
    (node, _) = prepare(topology._replace(port=9100), NOW).nodes
    assert node.log == KafkaSettings("127.0.0.1:9301", cluster_id="mine", development=True)
    peer = PeerSettings(
        "eu-west-1", feed=Address("127.0.0.1", 9202), kafka=KafkaSettings("127.0.0.1:9302", development=True)
    )
    assert node.peers == (peer,)


def test_brokers_of_this_machine_that_an_older_version_wrote_down_may_stay_single(tmp_path: Path) -> None:
    topology = Topology(("us-east-1", "eu-west-1"), tmp_path, 8100, None, kafka=True)
    prepare(topology, NOW)
    kept = stored(topology, "us-east-1")
    (peer,) = kept["peers"]
    older = {name: value for name, value in kept["log"].items() if name != "development"}
    elsewhere = {name: value for name, value in peer["kafka"].items() if name != "development"}
    set_by_hand(topology, "us-east-1", log=older, peers=[{**peer, "kafka": elsewhere}])
    prepare(topology, NOW)
    assert stored(topology, "us-east-1") == kept


def test_a_peer_on_kafka_that_was_written_down_without_its_feed_gets_it(tmp_path: Path) -> None:
    topology = Topology(("us-east-1", "eu-west-1"), tmp_path, 8100, None, kafka=True)
    prepare(topology, NOW)
    (peer,) = stored(topology, "us-east-1")["peers"]
    set_by_hand(topology, "us-east-1", peers=[{name: value for name, value in peer.items() if name != "feed"}])
    (node, _) = prepare(topology, NOW).nodes
    assert node.peers[0].feed == topology.feed("eu-west-1")


@pytest.mark.parametrize(("asked", "workers"), [(None, 3), (2, 2)])
def test_workers_are_those_of_the_command_line_or_as_they_were(
    topology: Topology, asked: int | None, workers: int
) -> None:
    set_by_hand(topology, "us-east-1", workers=3)
    assert prepare(topology._replace(workers=asked), NOW).nodes[0].workers == workers
