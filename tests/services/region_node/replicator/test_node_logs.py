"""The logs of a node: the right ones, once."""

from dataclasses import replace
from pathlib import Path

from services.region_node.kafka.access import kafka_security
from services.region_node.replicator.node_logs import open_own_logs
from services.region_node.settings.settings import Address, KafkaSettings, NodeSettings


def settings(directory: Path) -> NodeSettings:
    address = Address("127.0.0.1", 0)
    return replace(NodeSettings("us-east-1", address, address, partitions=2), directory=directory)


async def test_own_logs_are_named_for_the_region_and_opened_again_after_closing(tmp_path: Path) -> None:
    for _ in range(2):
        logs = await open_own_logs(settings(tmp_path))
        assert [log.name for log in logs] == ["keytide.us-east-1.local", "keytide.us-east-1.shared"]
        await logs.local.append(1, [b"record"])
        await logs.close()
    logs = await open_own_logs(settings(tmp_path))
    assert (await logs.local.end(1), await logs.shared.end(1)) == (2, 0)
    await logs.close()


def test_kafka_is_told_user_and_password_and_no_more_than_is_set(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("pass word\n")
    full = KafkaSettings(
        "k:9092", "SASL_PLAINTEXT", sasl_mechanism="PLAIN", user_name="keytide", password_file=password
    )
    assert kafka_security(full) == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "keytide",
        "sasl_plain_password": "pass word",
    }
    assert kafka_security(KafkaSettings("k:9092")) == {"security_protocol": "PLAINTEXT"}
