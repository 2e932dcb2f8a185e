"""docker-compose.yml and the settings that it mounts: what can be known of them without Docker."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from services.front_door.settings import read_door_settings
from services.local_kafka.jars import version
from services.region_node.settings.settings import KafkaSettings, NodeSettings
from services.strict_settings import read_settings
from tests.running import ROOT, THREE_REGIONS

COMPOSED: Final = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: Final[dict[str, Any]] = COMPOSED["services"]
BROKERS: Final = {name: service for name, service in SERVICES.items() if "-kafka-" in name}
SIZES: Final = {"small": 1, "large": 3}
"""Brokers of a region."""
SETTINGS: Final = ROOT / "containers" / "settings"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


@pytest.mark.parametrize("name", BROKERS)
def test_a_broker_is_on_the_network_of_its_region_alone(name: str) -> None:
    assert list(BROKERS[name]["networks"]) == [name.rpartition("-kafka-")[0]]


def test_the_clusters_are_told_apart() -> None:
    ids = {name.rpartition("-kafka-")[0]: service["environment"]["CLUSTER_ID"] for name, service in BROKERS.items()}
    assert len(set(ids.values())) == len(THREE_REGIONS)
    assert all(
        service["environment"]["CLUSTER_ID"] == ids[name.rpartition("-kafka-")[0]] for name, service in BROKERS.items()
    )


def test_the_brokers_run_the_kafka_that_is_tested_elsewhere() -> None:
    assert {service["image"] for service in BROKERS.values()} == {f"apache/kafka:{version()}"}


@pytest.mark.parametrize("region", THREE_REGIONS)
def test_keys_and_state_are_on_volumes_of_their_own(region: str) -> None:
    for node in (region, f"{region}-node-2"):
        mounted = dict(reversed(volume.split(":")[:2]) for volume in SERVICES[node]["volumes"])
        assert mounted["/var/lib/keytide"] == node
        assert mounted["/var/lib/keytide/keys"] == f"{node}-keys"


@pytest.mark.parametrize("region", THREE_REGIONS)
def test_a_region_may_write_its_own_card_and_no_other(region: str) -> None:
    cards = [volume for volume in SERVICES[region]["volumes"] if "-card:" in volume]
    peers = [peer for peer in THREE_REGIONS if peer != region]
    expected = {f"{region}-card:/var/lib/keytide-card", *(f"{p}-card:/var/lib/keytide-cards/{p}:ro" for p in peers)}
    assert set(cards) == expected


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("region", THREE_REGIONS)
def test_the_settings_name_brokers_and_peers_that_there_are(region: str, size: str) -> None:
    settings = read_settings(NodeSettings, SETTINGS / size / f"{region}.json")
    assert isinstance(settings.log, KafkaSettings)
    assert settings.region == region
    assert settings.log.replicas == SIZES[size]
    assert settings.log.bootstrap == ",".join(f"kafka-{number}:9092" for number in range(1, SIZES[size] + 1))
    assert {peer.region for peer in settings.peers} == {*THREE_REGIONS} - {region}
    for peer in settings.peers:
        hosts = {peer.region} | ({f"{peer.region}-node-2"} if size == "large" else set())
        assert {str(feed.host) for feed in (peer.feed, *peer.other_feeds) if feed} == hosts <= set(SERVICES)


@pytest.mark.parametrize("size", SIZES)
def test_the_front_door_knows_every_node(size: str, tmp_path: Path) -> None:
    settings = read_door_settings(SETTINGS / size)
    mounted = {volume.split(":")[1] for volume in SERVICES["front-door"]["volumes"]}
    assert tuple(row.region for row in settings.regions) == THREE_REGIONS
    for row in settings.regions:
        assert len(row.sockets) == (2 if size == "large" else 1)
        assert all(str(socket.parent) in mounted for socket in row.sockets)


def test_the_passphrases_reach_every_node() -> None:
    given = yaml.safe_load((ROOT / "containers" / "root-passphrases.yml").read_text())["services"]
    nodes = {name for name, service in SERVICES.items() if "/var/lib/keytide/keys" in str(service.get("volumes"))}
    assert set(given) == nodes
    assert {row["secrets"][0]["source"] for row in given.values()} == {f"{region}-root" for region in THREE_REGIONS}
