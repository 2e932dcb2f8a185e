"""Regions of several nodes whose keys lie on disk: replicators in one process that share one embedded log."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from replication.log.embedded_log import EmbeddedLogs
from services.region_node.erasure.settings import ErasureSettings
from services.region_node.keys.key_cabinet import KeyCabinet, open_cabinet
from services.region_node.keys.key_files import open_region_keys
from services.region_node.keys.root import RootFile, create_root_file, read_root_file
from services.region_node.nodes.joining import NewNode, join
from services.region_node.operator.questions import Verb, ask
from services.region_node.settings.settings import Address, NodeSettings
from tests.erasure_proof import Opened, SurvivingKeys, opened, surviving_keys
from tests.services.region_node.erasing_regions import AT_ONCE, ROOT, ErasingRegion, erasing_regions
from tests.services.region_node.running_replicator import RunningRegion, free_ports

HOME = "us-east-1"


class ErasingNode(ErasingRegion):
    """One node. `root`: what its key files are sealed under."""

    def __init__(self, settings: NodeSettings, root: RootFile) -> None:
        super().__init__(settings, open_region_keys(settings.keys_directory, settings.region, root))
        self.root = root

    def start(self, *, again: bool = False) -> None:
        self.keys = open_region_keys(self.settings.keys_directory, self.name, self.root)
        RunningRegion.start(self, again=again)

    def kept(self, name: str) -> bytes | None:
        """The key of that name, from the disk."""
        return self.cabinet.open(name).reveal() if name in self.cabinet.names() else None

    @property
    def cabinet(self) -> KeyCabinet:
        """What stands on the disk."""
        return open_cabinet(self.settings.keys_directory / self.name, self.name, self.root)

    def told_in_the_way(self) -> set[str]:
        return {text for one in self.waiting() for text in one.hindrances}


@asynccontextmanager
async def one_process(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The nodes share the logs that a process may open only once."""
    found: dict[Path, EmbeddedLogs] = {}
    opening = EmbeddedLogs.open

    def shared(directory: Path, partitions: Mapping[str, int]) -> EmbeddedLogs:
        place = directory.resolve()
        if place not in found:
            found[place] = opening(directory, partitions)
        return found[place]

    async def kept_open(_logs: EmbeddedLogs) -> None:
        return None

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedLogs, "open", shared)
        patched.setattr(EmbeddedLogs, "close", kept_open)
        yield
    for logs in found.values():
        await logs.close()


@asynccontextmanager
async def erasing_nodes(
    monkeypatch: pytest.MonkeyPatch, count: int = 2, settings: ErasureSettings = AT_ONCE
) -> AsyncIterator[list[ErasingNode]]:
    """A region of so many nodes, all running."""
    async with erasing_regions(HOME, settings=settings) as made, one_process(monkeypatch):
        nodes = [_first(made[HOME].settings)]
        try:
            nodes[0].start()
            await nodes[0].ready()
            for number in range(2, count + 1):
                nodes.append(await _joined(nodes[0], f"node-{number}"))
                nodes[-1].start()
                await nodes[-1].ready()
            yield nodes
        finally:
            for node in nodes:
                await node.stop()


def _first(settings: NodeSettings) -> ErasingNode:
    create_root_file(settings.root_file)
    return ErasingNode(replace(settings, channel=Address("127.0.0.1", free_ports(1)[0])), ROOT)


async def _joined(first: ErasingNode, name: str) -> ErasingNode:
    api, feed, channel = [Address("127.0.0.1", port) for port in free_ports(3)]
    token = await ask(first.settings, Verb.NODE_TOKEN, seconds="600")
    directory = first.settings.directory.parent / name
    settings = await join(token, NewNode(directory, name, api, feed, channel, 1))
    return ErasingNode(settings, read_root_file(settings.root_file))


def opened_anywhere(nodes: list[ErasingNode], *bindings: str) -> set[Opened]:
    """What opens, of every file of every node, under every key that is left at any node."""
    found = [surviving_keys({HOME: node.folder}, node.root) for node in nodes]
    keys = SurvivingKeys(
        tuple({key for one in found for key in one.domain}), tuple(key for one in found for key in one.sealing)
    )
    return {one for node in nodes for one in opened({HOME: node.folder}, keys, bindings)}
