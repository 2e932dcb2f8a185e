"""A node's settings file."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from services.region_node.key_stores.settings import ExternalKeyStoreSettings, HsmClusterSettings
from services.region_node.requests.settings import AttestationSettings, RequestQuotaSettings
from services.region_node.settings.settings import (
    Address,
    KafkaSettings,
    NodeSettings,
    PeerSettings,
    read_node_settings,
    write_node_settings,
)
from services.strict_settings import SettingsError


def settings(directory: Path) -> NodeSettings:
    return NodeSettings(
        region="us-east-1",
        api=Address("127.0.0.1", 8101),
        feed=Address("127.0.0.1", 8201),
        peers=(
            PeerSettings("eu-west-1", feed=Address("127.0.0.1", 8202)),
            PeerSettings("ap-southeast-2", kafka=KafkaSettings("broker:9092", "SSL", Path("ca.pem"))),
        ),
        request_quotas=RequestQuotaSettings(True, {"CreateKey": 50}),
        attestation=AttestationSettings((Path("root.pem"),), 60),
        external_key_stores=(
            ExternalKeyStoreSettings("https://proxy.example.com", "127.0.0.1:8443", Path("authority.pem")),
        ),
        hsm_clusters=(HsmClusterSettings("cluster-2a23b4cdefg", Path("/usr/lib/module.so"), "token", "kmsuser"),),
        directory=directory,
    )


def test_written_settings_are_read_back_with_sockets_placed_in_the_directory(tmp_path: Path) -> None:
    written = settings(tmp_path)
    write_node_settings(written)
    placed = replace(written, door_socket=tmp_path / "door.sock", replicator_socket=tmp_path / "replicator.sock")
    plain, on_kafka = written.peers
    kafka = KafkaSettings("broker:9092", "SSL", tmp_path / "ca.pem")
    placed = replace(placed, peers=(plain, replace(on_kafka, kafka=kafka)))
    assert read_node_settings(tmp_path, "us-east-1") == placed


def test_the_settings_of_another_region_are_refused(tmp_path: Path) -> None:
    write_node_settings(settings(tmp_path))
    with pytest.raises(SettingsError, match="is us-east-1, but eu-west-1 was asked for"):
        read_node_settings(tmp_path, "eu-west-1")


def test_a_socket_path_that_no_system_takes_is_refused(tmp_path: Path) -> None:
    write_node_settings(replace(settings(tmp_path), door_socket=Path("d" * 104)))
    with pytest.raises(SettingsError, match=r"door_socket: .* is longer than 103 bytes"):
        read_node_settings(tmp_path, "us-east-1")


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("region", "mars", "region: 'mars' is no region name"),
        ("workers", 0, "workers: must be at least 1"),
        ("partitions", 0, "partitions: must be at least 1"),
        ("scrub_bytes_per_second", -1, "scrub_bytes_per_second: must be at least 0"),
        ("scrub_pause_hours", -1, "scrub_pause_hours: must be at least 0"),
        ("api", {"host": "h", "port": 65536}, "port: must be between 0 and 65535"),
        ("peers", [{"region": "eu-west-1"}], "eu-west-1 needs a feed, a kafka, or both"),
        ("peers", [{"region": "us-east-1", "feed": {"host": "h", "port": 1}}], "a region is named twice"),
        ("erasure", {"min_copies": 0}, "min_copies: must be at least 1, not 0"),
        ("synchronous", {"regions": 3}, "synchronous.regions: is 3, with 2 peers"),
        ("log", "kafka", "log: must be an object"),
        ("log", {"bootstrap": "b", "security_protocol": "TLS"}, "log.security_protocol: must be one of"),
        ("quotas", {"keys": 1}, "quotas.keys: is unknown"),
        ("request_quotas", {"enforced": 1}, "request_quotas.enforced: must be true or false"),
        ("request_quotas", {"per_second": [5]}, "request_quotas.per_second: must be an object"),
        ("request_quotas", {"per_second": {"CreateKey": "5"}}, "request_quotas.per_second.CreateKey: must be a whole"),
        ("request_quotas", {"per_second": {"CreateKey": 0}}, "request_quotas.per_second.CreateKey: must be at least 1"),
        ("request_quotas", {"per_second": {"MakeKey": 5}}, "request_quotas.per_second.MakeKey: is unknown; known"),
        ("attestation", {"trust_anchors": "root.pem"}, "attestation.trust_anchors: must be a list"),
        ("attestation", {"trust_anchors": [1]}, r"attestation.trust_anchors\[0\]: must be a path"),
        ("attestation", {"roots": []}, "attestation.roots: is unknown"),
        ("attestation", {"maximum_age_seconds": 0}, "maximum_age_seconds: must be at least 1"),
        ("pulses", {"every_milliseconds": 49}, "pulses.every_milliseconds: must be between 50 and 30000"),
        ("pulses", {"every_milliseconds": 30_001}, "pulses.every_milliseconds: must be between 50 and 30000"),
        ("pulses", {"kept_days": 0}, "pulses.kept_days: must be at least 1"),
        ("staleness", {"limit_seconds": 0}, "staleness.limit_seconds: must be at least 1"),
        ("staleness", {"limit_seconds": "5"}, "staleness.limit_seconds: must be"),
        ("directory", "/", "directory: is unknown"),
    ],
)
def test_a_wrong_member_is_refused_by_name(tmp_path: Path, member: str, value: object, message: str) -> None:
    write_node_settings(settings(tmp_path))
    path = tmp_path / "node.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), member: value}))
    with pytest.raises(SettingsError, match=message):
        read_node_settings(tmp_path, "us-east-1")
