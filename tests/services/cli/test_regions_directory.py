"""The directory of a run that was made before: what it lacks is said before any process starts."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.cli.regions_directory import prepare
from services.cli.topology import Topology
from services.region_node.root import KeysUnavailable
from services.region_node.settings import SETTINGS_FILE, KafkaSettings, PeerSettings
from services.strict_settings import encode_settings

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
    set_by_hand(topology, "us-east-1", log={**stored(topology, "us-east-1")["log"], "user_name": "keytide"})
    (node, _) = prepare(topology._replace(port=9100), NOW)
    assert node.log == KafkaSettings("127.0.0.1:9301", user_name="keytide")
    assert node.peers == (PeerSettings("eu-west-1", kafka=KafkaSettings("127.0.0.1:9302")),)


@pytest.mark.parametrize(("asked", "workers"), [(None, 3), (2, 2)])
def test_workers_are_those_of_the_command_line_or_as_they_were(
    topology: Topology, asked: int | None, workers: int
) -> None:
    set_by_hand(topology, "us-east-1", workers=3)
    assert prepare(topology._replace(workers=asked), NOW)[0].workers == workers
