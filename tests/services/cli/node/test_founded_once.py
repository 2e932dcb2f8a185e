"""A region is founded once: a first node that has lost its volumes makes no second region of the same name."""

import asyncio
import io
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from replication.log.event_log import LogUnavailable
from services.cli.faults import CannotStart
from services.cli.main import _parser
from services.cli.node import settling
from services.cli.node.settling import settled
from services.cli.up.progress import Progress
from services.region_node.keys.key_files import open_keys
from services.region_node.replicator.node_logs import NodeLogs, open_own_logs
from services.region_node.settings.settings import Address, KafkaSettings, NodeSettings
from services.strict_settings import write_settings

REGION = "us-east-1"
ADDRESS = Address("127.0.0.1", 8100)
TOLD = NodeSettings(REGION, ADDRESS, ADDRESS, partitions=2, channel=ADDRESS, log=KafkaSettings("kafka:9092"))


def arguments(folder: Path, told: NodeSettings = TOLD) -> Namespace:
    write_settings(told, folder / "told.json")
    place = ("--settings", str(folder / "told.json"), "--directory", str(folder / "node"))
    return _parser().parse_args(("node", "run", *place, "--invitations", str(folder)))


@pytest.fixture
def topics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """The region's logs, as they stand apart from its directory."""
    apart = replace(TOLD, log="embedded", directory=tmp_path / "kafka")

    async def opened(_: NodeSettings) -> NodeLogs:
        return await open_own_logs(apart)

    monkeypatch.setattr("services.region_node.kafka.own_topics.open_own_logs", opened)
    return lambda: opened(apart)


async def write(topics: Callable[[], Any], which: int) -> None:
    logs = await topics()
    await logs[which].append(1, [b"a record of the region"])
    await logs.close()


@pytest.fixture
def quiet() -> Progress:
    return Progress(output=io.StringIO())


def test_a_region_is_founded_on_new_topics(topics: Callable[[], Any], tmp_path: Path, quiet: Progress) -> None:
    assert open_keys(settled(arguments(tmp_path), quiet)).region == REGION


@pytest.mark.parametrize("which", [0, 1])
def test_no_keys_are_made_for_a_log_that_has_entries(
    which: int, topics: Callable[[], Any], tmp_path: Path, quiet: Progress
) -> None:
    asyncio.run(write(topics, which))
    with pytest.raises(CannotStart, match=rf"keytide\.{REGION}\.(local|shared), of log in .* has entries already"):
        settled(arguments(tmp_path), quiet)
    assert list((tmp_path / "node").iterdir()) == [], "neither root nor keys"


def test_a_node_that_has_lost_its_state_alone_goes_on_with_its_keys(
    topics: Callable[[], Any], tmp_path: Path, quiet: Progress
) -> None:
    card = open_keys(settled(arguments(tmp_path), quiet)).encoded_card
    asyncio.run(write(topics, 0))
    for file in ("node.json", "card"):
        (tmp_path / "node" / file).unlink()
    assert open_keys(settled(arguments(tmp_path), quiet)).encoded_card == card


def test_a_log_that_is_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, output = [LogUnavailable("the broker is away"), None], io.StringIO()

    async def asked(_: NodeSettings) -> str | None:
        if isinstance(answer := answers.pop(0), Exception):
            assert not (tmp_path / "node" / "keys").exists()
            raise answer
        return answer

    monkeypatch.setattr("services.cli.node.settling.written_topic", asked)
    monkeypatch.setattr(settling, "AGAIN_SECONDS", 0)
    assert open_keys(settled(arguments(tmp_path), Progress(output=output))).region == REGION
    assert "the broker is away. Retry" in output.getvalue()


@pytest.mark.parametrize(
    "kept",
    [TOLD, replace(TOLD, node="node-3"), replace(TOLD, node="node-2", joined=True)],
    ids=["founder", "not joined", "another"],
)
def test_a_node_does_not_take_the_directory_of_another(kept: NodeSettings, tmp_path: Path, quiet: Progress) -> None:
    (tmp_path / "node").mkdir()
    write_settings(kept, tmp_path / "node" / "node.json")
    with pytest.raises(CannotStart, match=f"is that of {kept.node}, and node-3 is to join"):
        settled(arguments(tmp_path, replace(TOLD, node="node-3", joined=True)), quiet)
