"""A region is lost with `kill -9` and its directory: no synchronous change that was acknowledged is lost with it."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from replication.state.lmdb_store import LmdbStore
from replication.state.view import SnapshotView
from services.region_node.settings.settings import read_node_settings
from tests.contract.kafka_broker import require_jars
from tests.faults.conftest import Standing
from tests.running import THREE_REGIONS, Running, code_of, eventually, wait_until
from tests.running_command import done, listed
from tests.thoroughness import in_full_only, often, thorough

HOME, OTHER, THIRD = THREE_REGIONS
WRITERS = 8
ACKNOWLEDGED = often(500, otherwise=200)
ACKNOWLEDGED_ON_KAFKA = 100
STANDING = THREE_REGIONS
"""For the fixture `standing`."""


@pytest.fixture
def on_kafka(tmp_path: Path) -> Iterator[Running]:
    """A broker a region."""
    require_jars()
    running = Running(tmp_path / "keytide", THREE_REGIONS, "--kafka").ready()
    yield running
    running.close()


class Writers:
    """Threads that create keys one after the other, until the region is gone."""

    def __init__(self, run: Running) -> None:
        self.acknowledged: list[str] = []
        self._threads = [threading.Thread(target=self._write, args=(self._client(run),)) for _ in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    def _client(self, run: Running) -> Any:
        return run.client(HOME, endpoint=run.endpoint(HOME))

    def _write(self, client: Any) -> None:
        while True:
            try:
                made = client.create_key(MultiRegion=True)
            except (ClientError, BotoCoreError):
                return
            self.acknowledged.append(made["KeyMetadata"]["KeyId"])

    def join(self) -> None:
        for thread in self._threads:
            thread.join()


def lose(run: Running, region: str) -> None:
    """All of its processes at once, and all that it has written."""
    folder = str(run.directory / region)
    processes = [row for row in run.processes() if folder in row.command_line or row in run.of_region(region)]
    (run.directory / region).rename(run.directory.with_name("lost"))
    for process in processes:
        os.kill(process.number, signal.SIGKILL)
    shutil.rmtree(run.directory.with_name("lost"))


def keys_known_to(run: Running, region: str, account: str) -> set[str]:
    settings = read_node_settings(run.directory / region, region)
    store = LmdbStore(settings.state_directory, writer=False)
    try:
        with store.read() as snapshot:
            return {key.key_id for key in SnapshotView(snapshot, settings.partitions).keys(account, "")}
    finally:
        store.close()


def stop(run: Running, number: int, *regions: str) -> None:
    for region in regions:
        for process in run.of_region(region):
            os.kill(process.number, number)


def test_a_synchronous_change_takes_moments(standing: Standing) -> None:
    run = standing.run
    tags = [{"TagKey": "keytide:synchronous", "TagValue": f"{OTHER} {THIRD}"}]
    client = run.client(HOME, endpoint=run.endpoint(HOME))
    eventually(lambda: client.create_key(MultiRegion=True, Tags=tags))
    started = time.monotonic()
    for _ in range(10):
        client.create_key(MultiRegion=True, Tags=tags)
    assert time.monotonic() - started < 10, "pulses alone would take longer"


def test_a_change_that_nobody_adopts_is_refused_retryably_and_its_retry_waits_on_and_makes_nothing_twice(
    standing: Standing,
) -> None:
    run = standing.run
    tags = [{"TagKey": "keytide:synchronous", "TagValue": "1"}]
    client = run.client(HOME, endpoint=run.endpoint(HOME))
    stop(run, signal.SIGSTOP, OTHER, THIRD)
    try:
        with pytest.raises(ClientError, match=f"durable in {HOME}") as error:
            client.create_key(MultiRegion=True, Tags=tags, Description="once")
        assert code_of(error.value) == "DependencyTimeoutException"
        headers = error.value.response["ResponseMetadata"]["HTTPHeaders"]
        assert headers["x-keytide-position"].startswith(HOME)
        retrying = run.client(HOME, endpoint=run.endpoint(HOME), attempts=3)
        threading.Timer(8, stop, (run, signal.SIGCONT, OTHER)).start()
        made = retrying.create_key(MultiRegion=True, Tags=tags, Description="twice")
        assert made["ResponseMetadata"]["RetryAttempts"] > 0
    finally:
        stop(run, signal.SIGCONT, OTHER, THIRD)
    described = [client.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in client.list_keys()["Keys"]]
    descriptions = [key["Description"] for key in described]
    assert (descriptions.count("once"), descriptions.count("twice")) == (1, 1)
    (account,) = listed(run, "account", "list")
    assert made["KeyMetadata"]["KeyId"] in keys_known_to(run, OTHER, account["account"])


@thorough
def test_every_acknowledged_synchronous_change_survives_the_loss_of_its_region(standing: Standing) -> None:
    """The last test of the file's run, which loses a region."""
    assert lost_under_load(standing.run, ACKNOWLEDGED) == {OTHER: set(), THIRD: set()}


@in_full_only
def test_every_one_survives_the_loss_of_its_region_and_its_broker(on_kafka: Running) -> None:
    assert lost_under_load(on_kafka, ACKNOWLEDGED_ON_KAFKA) == {OTHER: set(), THIRD: set()}


def lost_under_load(run: Running, least: int) -> dict[str, set[str]]:
    """Lose the home once so many synchronous changes are acknowledged: those that each of the others never gets."""
    (account,) = listed(run, "account", "list")
    number = account["account"]
    assert "wait for 1 other regions" in done(run, "account", "synchronous", number, "--regions", "1")
    writers = Writers(run)
    wait_until(lambda: len(writers.acknowledged) >= least, "so many changes are acknowledged")
    lose(run, HOME)
    writers.join()
    acknowledged = set(writers.acknowledged)
    assert len(acknowledged) >= least
    lost = {}
    for region in (OTHER, THIRD):
        wait_until(lambda region=region: acknowledged <= keys_known_to(run, region, number), "every one is there")  # type: ignore[misc]
        lost[region] = acknowledged - keys_known_to(run, region, number)
    return lost
