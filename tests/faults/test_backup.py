"""Real regions are backed up under load, destroyed, and restored with the commands that an operator gives."""

import os
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from services.local_kafka.jars import MissingTool, jars
from tests.contract.kafka_broker import LOCAL, skip_loudly
from tests.running import TWO_REGIONS, Running, eventually, wait_until
from tests.running_command import command, done, listed

HOME, PEER = TWO_REGIONS


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path / "keytide", TWO_REGIONS).ready()
    try:
        yield running
    finally:
        running.close()


@pytest.fixture
def on_kafka(tmp_path: Path) -> Iterator[Running]:
    """A broker a region, in the region's directory."""
    try:
        jars()
    except MissingTool as error:
        if os.environ.get("KEYTIDE_TEST_KAFKA") == LOCAL:
            raise
        skip_loudly(str(error))
    running = Running(tmp_path / "keytide", TWO_REGIONS, "--kafka").ready()
    try:
        yield running
    finally:
        running.close()


class Load:
    """Keys that one client makes, one after another; `made`: those that were acknowledged, with a ciphertext each."""

    def __init__(self, kms: Any) -> None:
        self._kms, self._over = kms, threading.Event()
        self.made: dict[str, bytes] = {}
        self._thread = threading.Thread(target=self._make)
        self._thread.start()

    def _make(self) -> None:
        while not self._over.is_set():
            try:
                key = self._kms.create_key()["KeyMetadata"]["KeyId"]
                self.made[key] = self._kms.encrypt(KeyId=key, Plaintext=key.encode())["CiphertextBlob"]
            except (BotoCoreError, ClientError):
                continue

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


@pytest.mark.timeout(300)
def test_what_was_acknowledged_before_the_backup_is_there_after_it_was_restored(run: Running, tmp_path: Path) -> None:
    load = Load(run.client(HOME))
    try:
        eventually_made(load, 5)
        before = dict(load.made)
        archive = tmp_path / "archive"
        told = listed(run, "backup", "make", "--region", HOME, "--to", str(archive))
    finally:
        load.stop()
    assert told["holders"] == [PEER]
    assert told["to_carry"] == []
    region = run.directory / HOME
    root = tmp_path / "root"
    shutil.copy(region / "root", root)
    done(run, "backup", "release-share", told["archive"], "--region", PEER, "--to", str(tmp_path / "share"))
    run.kill()
    shutil.rmtree(region)
    forget_as_witness(run.directory / PEER / "witness" / HOME)
    place = ("--region", HOME, "--root", str(root))
    restored = command(run, "restore", str(archive), *place, "--share", str(tmp_path / "share"), directory=region)
    assert restored.returncode == 0, restored.stderr
    again = run.again()
    try:
        again.ready()
        kms = again.client(HOME)
        for key, blob in before.items():
            opened = eventually(partial(kms.decrypt, CiphertextBlob=blob))
            assert opened["Plaintext"] == key.encode()
    finally:
        again.close()


@pytest.mark.timeout(400)
def test_a_region_on_kafka_that_lost_its_broker_too_is_restored_and_its_witness_told_to_forget(
    on_kafka: Running, tmp_path: Path
) -> None:
    run, archive, region = on_kafka, tmp_path / "archive", on_kafka.directory / HOME
    kms = run.client(HOME)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    told = listed(run, "backup", "make", "--region", HOME, "--to", str(archive))
    kms.create_key(Description="lost")
    shutil.copy(region / "root", tmp_path / "root")
    done(run, "backup", "release-share", told["archive"], "--region", PEER, "--to", str(tmp_path / "share"))
    witness = ("witness", "forget", HOME, "--region", PEER)
    wait_until(lambda: "has seen" in command(run, *witness).stdout, "the peer has seen the region")
    run.kill()
    shutil.rmtree(region)
    broker = run.again()
    try:
        wait_until(lambda: (region / "kafka").exists() and f"region {HOME} is left out" in broker.output, "the broker")
        wait_until(lambda: (broker.directory / PEER / "replicator.sock").exists(), "the peer runs")
        place = ("--region", HOME, "--root", str(tmp_path / "root"), "--share", str(tmp_path / "share"))
        restored = command(broker, "restore", str(archive), *place, directory=region)
        assert restored.returncode == 0, restored.stderr
        wait_until(lambda: command(broker, *witness, "--force").returncode == 0, "the peer has forgotten it")
        assert "has seen nothing" in command(broker, *witness).stderr
        broker.stop()
    finally:
        broker.close()
    again = run.again()
    try:
        client = again.ready().client(HOME)
        assert eventually(lambda: client.decrypt(CiphertextBlob=blob), 120)["Plaintext"] == b"kept"
        assert eventually(lambda: client.create_key(), 120), "it has come home"
    finally:
        again.close()


def eventually_made(load: Load, count: int) -> None:
    wait_until(lambda: len(load.made) >= count, f"{count} keys")


def forget_as_witness(seen: Path) -> None:
    """What the peer's operator does once people have settled that the later log is lost for good."""
    if seen.is_dir():
        shutil.rmtree(seen)
    else:
        seen.unlink()
