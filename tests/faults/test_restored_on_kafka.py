"""A region on Kafka loses its node and its broker with all that they have written, and comes back by commands alone."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.contract.kafka_broker import require_jars
from tests.running import READY, TWO_REGIONS, Running, eventually, wait_until
from tests.running_command import command, done, listed
from tests.thoroughness import in_full_only

HOME, PEER = TWO_REGIONS
STARTING_SECONDS = 240

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Running]:
    """A broker a region, in the region's directory."""
    require_jars()
    with closing(Running(tmp_path / "keytide", TWO_REGIONS, "--kafka")) as running:
        yield ready(running)


def ready(run: Running) -> Running:
    """Two JVMs start besides, so it has longer than others."""
    wait_until(lambda: READY in run.output or run.process.poll() is not None, "keytide up is ready", STARTING_SECONDS)
    assert READY in run.output, run.output
    return run


@contextmanager
def without(run: Running, region: str) -> Iterator[Running]:
    """All is killed, what the region and its broker have written is gone; the other one runs, beside an empty broker.

    No witness of its own is left to it, so it changes nothing before its operator has vouched for its log.
    """
    run.kill()
    shutil.rmtree(run.directory / region)
    (other,) = {PEER, HOME} - {region}
    with closing(run.again()) as started:
        wait_until(lambda: "Kafka brokers are ready" in started.output, "an empty broker runs, too", STARTING_SECONDS)
        assert f"region {region} is left out" in started.output
        vouch = ("vouch", "--region", other, "--force")
        wait_until(lambda: command(started, *vouch).returncode == 0, f"{other} is vouched for", STARTING_SECONDS)
        yield started


def encrypted(client: Any, key: str) -> bytes:
    blob: bytes = client.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    return blob


@in_full_only
def test_a_region_is_restored_into_an_empty_cluster_once_its_witness_forgets_it(run: Running, tmp_path: Path) -> None:
    kms, archive, region = run.client(HOME), tmp_path / "archive", run.directory / HOME
    blob = encrypted(kms, kms.create_key()["KeyMetadata"]["KeyId"])
    told = listed(run, "backup", "make", "--region", HOME, "--to", str(archive))
    kms.create_key(Description="lost")
    shutil.copy(region / "root", tmp_path / "root")
    done(run, "backup", "release-share", told["archive"], "--region", PEER, "--to", str(tmp_path / "share"))
    witness = ("witness", "forget", HOME, "--region", PEER)
    wait_until(lambda: "has seen" in command(run, *witness).stdout, "the peer has seen the region")
    with without(run, HOME) as alone:
        place = ("--region", HOME, "--root", str(tmp_path / "root"), "--share", str(tmp_path / "share"))
        restored = command(alone, "restore", str(archive), *place, directory=region)
        assert restored.returncode == 0, restored.stderr
        wait_until(lambda: command(alone, *witness, "--force").returncode == 0, "the peer has forgotten it")
        assert "has seen nothing" in command(alone, *witness).stdout
        alone.stop()
    with closing(run.again()) as whole:
        client = ready(whole).client(HOME)
        assert eventually(lambda: client.decrypt(CiphertextBlob=blob), 120)["Plaintext"] == b"kept"
        assert eventually(client.create_key, 120), "it has come home"
