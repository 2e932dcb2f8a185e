"""The same regions on real Kafka brokers: one of them is killed under load and comes back."""

import os
import signal
from pathlib import Path

import pytest

from tests.contract.kafka_broker import require_jars
from tests.faults.conftest import Start
from tests.faults.test_processes import NEAR, Writing, verified
from tests.running import Running, eventually

FAR = "eu-west-1"


@pytest.fixture
def on_kafka(start: Start) -> Running:
    require_jars()
    return start(None, "--kafka")


def broker_of(run: Running, region: str) -> int:
    """The process id of the region's JVM, not of the process that ties it to its starter."""
    folder = str(run.directory / region / "kafka")
    lines = [(row.number, row.command_line) for row in run.processes() if folder in row.command_line]
    (number,) = [number for number, line in lines if Path(line.split()[0]).name == "java"]
    return number


def test_a_broker_killed_under_load_loses_nothing_and_stops_no_cryptography(on_kafka: Running, start: Start) -> None:
    run = on_kafka
    client = run.client(NEAR)
    key_id = client.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    client.replicate_key(KeyId=key_id, ReplicaRegion=FAR)
    blob = client.encrypt(KeyId=key_id, Plaintext=b"kept")["CiphertextBlob"]
    far = run.client(FAR)
    assert eventually(lambda: far.decrypt(CiphertextBlob=blob))["Plaintext"] == b"kept"
    writing = Writing(run.client(NEAR, endpoint=run.endpoint(NEAR))).start()
    os.kill(broker_of(run, NEAR), signal.SIGKILL)
    for _ in range(50):
        assert client.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
    before = len(writing.descriptions)
    eventually(lambda: client.create_key(Description="after"))
    writing.stop()
    assert len(writing.descriptions) >= before
    for written, description in writing.descriptions.items():
        found = client.describe_key(KeyId=written)["KeyMetadata"]["Description"]
        assert found == description or description == "made"
    run.kill()
    again = start(run)
    assert again.client(FAR).decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
    assert "agree" in verified(again)
