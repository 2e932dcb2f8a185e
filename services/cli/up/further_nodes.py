"""The further nodes of each region, where `keytide up --nodes` asks for more than one.

Owns their start. A node that is not there yet joins as it would on any other machine: by a token from the region's
first node, once that one is ready. From then on it is started with the others.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from services.cli.up.progress import Progress
from services.cli.up.readiness import until_ready
from services.cli.up.topology import FIRST, LOOPBACK, Topology, node_name, refreshed_settings
from services.cli.up.tree import NODE_STOPPING_SECONDS, Watch, further_child
from services.plain_fault import PlainFault
from services.processes.children import supervise
from services.region_node.nodes.joining import NewNode, join
from services.region_node.operator.questions import Verb, ask
from services.region_node.settings.settings import (
    SETTINGS_FILE,
    Address,
    NodeSettings,
    read_node_settings,
    stored_node_settings,
    write_node_settings,
)

TOKEN_SECONDS = 600
RETRY_SECONDS = 5.0


def nodes_in(directory: Path, regions: Sequence[str]) -> int:
    """How many nodes each region has in a directory of `keytide up`."""
    number = FIRST
    while any((directory / f"{region}.{node_name(number + 1)}" / SETTINGS_FILE).exists() for region in regions):
        number += 1
    return number


class FurtherNodes:
    """`nodes`: the first one of each region."""

    def __init__(
        self, topology: Topology, nodes: Sequence[NodeSettings], progress: Progress, watch: Watch, life_line: int
    ) -> None:
        self._topology, self._nodes = topology, nodes
        self._progress, self._watch, self._life_line = progress, watch, life_line

    async def run(self, stop: asyncio.Event) -> None:
        """Keep them alive until `stop` is set."""
        lives = (self._live(first, number, stop) for first in self._nodes for number in self._topology.further)
        await asyncio.gather(*lives)

    async def _live(self, first: NodeSettings, number: int, stop: asyncio.Event) -> None:
        joining = asyncio.create_task(self._settings(first, number))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((joining, stopped), return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                return
            child = further_child(joining.result(), self._life_line)
            await supervise([[child]], stop, self._watch, NODE_STOPPING_SECONDS)
        finally:
            joining.cancel()
            stopped.cancel()

    async def _settings(self, first: NodeSettings, number: int) -> NodeSettings:
        """The node's settings, with the ports of this start; it joins where it has none."""
        directory = self._topology.node_directory(first.region, number)
        while not (directory / SETTINGS_FILE).exists():
            await until_ready(first.api)
            try:
                await self._join(first, number)
            except PlainFault as fault:
                self._progress.say(f"{node_name(number)} of {first.region} has not joined: {fault}")
                await asyncio.sleep(RETRY_SECONDS)
        kept = stored_node_settings(directory, first.region)
        refreshed = refreshed_settings(kept, self._topology, number)
        if refreshed != kept:
            write_node_settings(refreshed)
        return read_node_settings(directory, first.region)

    async def _join(self, first: NodeSettings, number: int) -> None:
        """Errors: PlainFault."""
        topology, region, name = self._topology, first.region, node_name(number)
        token: str = await ask(first, Verb.NODE_TOKEN, seconds=str(TOKEN_SECONDS))
        directory, channel = topology.node_directory(region, number), topology.channel(region, number)
        listening = topology.api(region, number), topology.feed(region, number), channel or Address(LOOPBACK, 0)
        await join(token, NewNode(directory, name, *listening, first.workers))
        self._progress.say(f"{name} has joined {region}; it serves on http://{topology.api(region, number)}")
