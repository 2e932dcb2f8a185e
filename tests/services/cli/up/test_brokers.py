"""The brokers of a run: one that does not start leaves those of the other regions alone."""

from pathlib import Path
from typing import Any

import pytest

from services.cli.up import brokers as brokers_module
from services.cli.up.brokers import Brokers
from services.cli.up.topology import Topology
from services.local_kafka.broker import Broker, BrokerFailed
from services.local_kafka.jars import MissingTool

NEAR, FAR = "us-east-1", "eu-west-1"


class ScriptedBroker(Broker):
    """Fails where its folder says so; runs nothing."""

    spawned: list[str]

    def format(self) -> None:
        self._fail("format")

    def wait(self, timeout_seconds: float = 60) -> None:
        self._fail("wait")

    def spawn(self) -> None:
        self.spawned.append(self.folder.parent.name)

    def _fail(self, step: str) -> None:
        cause = self.folder.parent / step
        if cause.exists():
            raise MissingTool("no java") if cause.read_text() else BrokerFailed(f"{step} failed")


@pytest.fixture
def topology(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Topology:
    monkeypatch.setattr(brokers_module, "Broker", ScriptedBroker)
    monkeypatch.setattr(ScriptedBroker, "spawned", [], raising=False)
    for region in (NEAR, FAR):
        (tmp_path / region).mkdir()
    return Topology((NEAR, FAR), tmp_path, 8100, 1, kafka=True)


async def started(topology: Topology) -> list[str]:
    said: list[str] = []
    await Brokers(topology, said.append).start()
    return said


async def test_all_that_start_are_told_with_their_addresses(topology: Topology) -> None:
    assert await started(topology) == [f"Kafka brokers are ready: {NEAR} 127.0.0.1:8301, {FAR} 127.0.0.1:8302"]
    assert ScriptedBroker.spawned == [NEAR, FAR]


@pytest.mark.parametrize(("step", "spawned"), [("format", [NEAR]), ("wait", [NEAR, FAR])])
async def test_one_that_does_not_start_is_named_and_the_others_are_ready(
    topology: Topology, step: str, spawned: list[Any]
) -> None:
    (topology.directory / FAR / step).touch()
    assert await started(topology) == [
        f"the broker of {FAR} does not start: {step} failed",
        f"Kafka brokers are ready: {NEAR} 127.0.0.1:8301",
    ]
    assert ScriptedBroker.spawned == spawned


async def test_where_none_starts_the_start_fails(topology: Topology) -> None:
    for region in (NEAR, FAR):
        (topology.directory / region / "wait").touch()
    with pytest.raises(BrokerFailed):
        await started(topology)


async def test_a_missing_tool_fails_the_start(topology: Topology) -> None:
    (topology.directory / FAR / "format").write_text("java")
    with pytest.raises(MissingTool):
        await started(topology)
