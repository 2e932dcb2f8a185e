"""`keytide kafka`: commands for the administrator of a cluster, as the settings of a region want them."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.cli.main import main
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.kafka.commands import access_list_commands, principal_of, topic_commands
from services.region_node.settings.settings import Address, KafkaSettings, NodeSettings
from services.strict_settings import SettingsError
from tests.authority import Authority

NOW = 1_700_000_000_000
ADDRESS = Address("127.0.0.1", 0)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    prepare(Topology(("us-east-1", "eu-west-1"), tmp_path / "keytide", 8100, 1, kafka=True), NOW)
    return tmp_path / "keytide"


def test_a_region_reads_and_writes_its_own_topics_and_only_reads_those_of_its_peers(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["kafka", "acls", "--region", "eu-west-1", "--principal", "User:eu", "--directory", str(directory)]
    assert main(line) == 0
    assert capsys.readouterr().out.splitlines() == [
        "kafka-acls.sh --bootstrap-server 127.0.0.1:8302 --add --allow-principal User:eu "
        "--operation Create --operation Read --operation Write --operation DescribeConfigs "
        "--topic keytide.eu-west-1.local --topic keytide.eu-west-1.shared --topic keytide.eu-west-1.pulse "
        "--topic keytide.eu-west-1.audit",
        "kafka-acls.sh --bootstrap-server 127.0.0.1:8301 --add --allow-principal User:eu --operation Read "
        "--topic keytide.us-east-1.shared --topic keytide.us-east-1.pulse",
    ]


def test_the_directory_of_one_region_will_do_and_the_administrator_says_how_he_is_let_in(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["kafka", "topics", "--region", "eu-west-1", "--directory", str(directory / "eu-west-1")]
    assert main([*line, "--command-config", "admin.properties"]) == 0
    local, _, pulse, audit = capsys.readouterr().out.splitlines()
    begun = "kafka-topics.sh --bootstrap-server 127.0.0.1:8302 --command-config admin.properties --create --topic"
    assert local.startswith(f"{begun} keytide.eu-west-1.local --partitions 16 --replication-factor 1 --config ")
    assert pulse.startswith(f"{begun} keytide.eu-west-1.pulse --partitions 1 --replication-factor 1 --config ")
    assert "--config retention.ms=-1 " in local
    assert "--config retention.ms=172800000 " in pulse
    assert audit.startswith(f"{begun} keytide.eu-west-1.audit --partitions 1 --replication-factor 1 --config ")
    assert f"--config retention.ms={(90 + 7) * 24 * 3600 * 1000} " in audit


def test_topics_of_a_cluster_keep_two_copies_in_sync_of_three() -> None:
    settings = NodeSettings("eu-west-1", ADDRESS, ADDRESS, log=KafkaSettings("k:9092"))
    for command in topic_commands(settings, None):
        assert "--replication-factor 3 " in command
        assert "--config min.insync.replicas=2" in command
        assert "--config unclean.leader.election.enable=false" in command


@pytest.mark.parametrize("action", ["acls", "topics"])
def test_a_region_without_kafka_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str], action: str) -> None:
    prepare(Topology(("us-east-1",), tmp_path / "keytide", 8100, 1, kafka=False), NOW)
    assert main(["kafka", action, "--region", "us-east-1", "--directory", str(tmp_path / "keytide")]) == 1
    assert "the settings of us-east-1 name no Kafka cluster" in capsys.readouterr().err


def test_a_principal_is_the_user_or_the_name_in_the_certificate(tmp_path: Path) -> None:
    chain = Authority(tmp_path, "authority").chain_for("node-eu")
    by_name = KafkaSettings("k:1", "SASL_SSL", None, None, None, "SCRAM-SHA-512", "eu", tmp_path / "password")
    by_certificate = KafkaSettings("k:1", "SSL", certificate_file=chain)
    assert [principal_of(kafka) for kafka in (KafkaSettings("k:1"), by_name, by_certificate)] == [
        "User:ANONYMOUS",
        "User:eu",
        "User:CN=node-eu",
    ]
    with pytest.raises(SettingsError, match=r"certificate_file: .*none.pem cannot be read: name the --principal"):
        principal_of(replace(by_certificate, certificate_file=tmp_path / "none.pem"))


def test_names_that_a_shell_would_take_apart_are_quoted() -> None:
    settings = NodeSettings("eu-west-1", ADDRESS, ADDRESS, log=KafkaSettings("k:9092"))
    (command,) = access_list_commands(settings, "User:CN=node eu,O=x;rm -rf", None)
    assert "--allow-principal 'User:CN=node eu,O=x;rm -rf' " in command
