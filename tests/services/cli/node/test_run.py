"""`keytide node run` as a process: a region and its second node, from empty directories, with no command but this."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.credentials import read_credentials
from services.cli.up.readiness import ask_ready
from services.region_node.settings.settings import Address, NodeSettings
from services.strict_settings import write_settings
from tests.running import ROOT, free_port, wait_until

REGION = "us-east-1"
ENDPOINT = "http://127.0.0.1:8100"


class RunningNode:
    """A node as the first process of a container is started."""

    def __init__(self, folder: Path, name: str, api: int, *arguments: str) -> None:
        self.directory = folder / name
        self.api, feed, self.channel = (Address("127.0.0.1", api + number) for number in range(3))
        settings = folder / f"{name}.json"
        write_settings(NodeSettings(REGION, self.api, feed, channel=self.channel, partitions=2), settings)
        place = ("--settings", str(settings), "--directory", str(self.directory))
        self.output = folder / f"{name}.output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                (sys.executable, "-P", "-m", "services.cli", "node", "run", *place, *arguments),
                env={**os.environ, "PYTHONPATH": str(ROOT), "KEYTIDE_LOG": "stdout"},
                stdout=output,
                stderr=output,
            )

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        return asyncio.run(ask_ready(self.api)).ready

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.stop()


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[RunningNode, RunningNode]]:
    """The first node of a region, and one that joins it."""
    port, invitations = free_port(), tmp_path / "invitations"
    invitations.mkdir()
    place = ("--invitations", str(invitations))
    joining = ("--join", "--name", "node-2", "--channel", f"127.0.0.1:{port + 103}")
    second = RunningNode(tmp_path, "node-2", port + 101, *place, *joining)
    first = RunningNode(tmp_path, "node-1", port, *place, "--invite", "node-2", "--administrator", ENDPOINT)
    try:
        yield first, second
    finally:
        second.close()
        first.close()


def test_a_region_and_its_second_node_make_themselves(nodes: tuple[RunningNode, RunningNode], tmp_path: Path) -> None:
    first, second = nodes
    wait_until(first.is_ready, "the first node is ready")
    wait_until(second.is_ready, "the second node has joined and is ready")
    wait_until(lambda: read_credentials(first.directory), "the administrator has an access key")
    assert f"AWS_ENDPOINT_URL_KMS={ENDPOINT}" in (first.directory / "credentials.env").read_text()
    wait_until(lambda: not list((tmp_path / "invitations").iterdir()), "the used token is taken away")
    assert '"message":"serving"' in first.output.read_text()
    assert second.stop() == 0
    assert first.stop() == 0


def test_a_node_that_waits_ends_when_it_is_told_to(tmp_path: Path) -> None:
    joining = ("--join", "--name", "node-2", "--channel", "127.0.0.1:1", "--invitations", str(tmp_path / "invitations"))
    node = RunningNode(tmp_path, "node-2", 1, *joining)
    try:
        wait_until(lambda: "waiting for a token" in node.output.read_text(), "it waits")
        assert node.stop() == 130
    finally:
        node.close()
