"""The regions of a campaign: real processes, on small disks of their own, with links between them that can be cut.

Owns how they are laid out and started, and what of them a fault can reach. The logs are embedded or on Kafka.
"""

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from signal import Signals

from botocore.credentials import Credentials

from services.cli.regions_directory import prepare
from services.cli.up.brokers import FOLDER
from services.cli.up.readiness import ask_ready
from services.cli.up.topology import Topology
from services.drill.client import Client
from services.drill.links import Links
from services.local_kafka.broker import Broker
from services.region_node.replicator.client import ReplicatorClient, ToldStatus
from services.region_node.settings.settings import read_node_settings
from shared.errors import DependencyTimeout
from tests.faults.campaign import disk
from tests.faults.campaign.lines_between import lead_through
from tests.running import Process, Running, free_port, wait_until


def send(processes: Sequence[Process], number: Signals) -> None:
    """Some of them may have ended."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.number, number)


class Site:
    """Make it, `start` it, and `close` it in the end."""

    def __init__(self, directory: Path, regions: Sequence[str], *, kafka: bool, nodes: int = 1) -> None:
        self.directory, self.regions, self.kafka, self.nodes = directory, tuple(regions), kafka, nodes
        self.links = Links()
        self._port = free_port()
        self._disks = [directory / region for region in self.regions] if disk.may_mount() else []
        self._running: Running | None = None
        self._topology = Topology(self.regions, directory, self._port, None, kafka, nodes=nodes)
        self._turns = itertools.cycle(range(1, nodes + 1))

    @property
    def has_disks(self) -> bool:
        return bool(self._disks)

    @property
    def run(self) -> Running:
        if self._running is None:
            raise AssertionError("the regions were never started")
        return self._running

    def start(self) -> "Site":
        for path in self._disks:
            disk.mount(path)
        prepare(self._topology, time.time_ns() // 1_000_000)
        lead_through(self.links, self._topology)
        words = ["--nodes", str(self.nodes), *(["--kafka"] if self.kafka else [])]
        self._running = Running(self.directory, self.regions, *words, port=self._port)
        self.run.ready()
        self.wait_for_every_node()
        return self

    def wait_for_every_node(self) -> None:
        """Errors: AssertionError."""
        for region, node in itertools.product(self.regions, range(1, self.nodes + 1)):
            address = self._topology.api(region, node)
            wait_until(lambda at=address: asyncio.run(ask_ready(at)).ready, f"node {node} of {region} is ready")  # type: ignore[misc]

    def start_again(self) -> None:
        """All of it, in the same place, without waiting until it is ready."""
        self._running = self.run.again()

    def close(self) -> None:
        if self._running is not None:
            self._running.close()
        self.links.close()
        for path in self._disks:
            disk.unmount(path)

    def connect(self, region: str) -> Client:
        """A client of one of the region's nodes: they take turns."""
        kept = self.run.credentials
        signing = Credentials(kept.access_key_id, kept.secret.reveal().decode())
        node = next(self._turns)
        return Client(self._topology.api(region, node).port, region, signing, node)

    def processes(self, region: str, *words: str) -> list[Process]:
        """Of the region; of all its processes those whose command line has one of `words`."""
        rows = self.run.of_region(region)
        return [row for row in rows if not words or set(words) & set(row.command_line.split())]

    def of_node(self, region: str, node: int) -> list[Process]:
        """Of a further node of the region."""
        place = str(self._topology.node_directory(region, node))
        return [row for row in self.run.processes() if place in row.command_line.split()]

    def broker(self, region: str) -> Process:
        """The JVM itself, not the process that ties it to its starter."""
        folder = str(self.directory / region / FOLDER)
        rows = [row for row in self.run.processes() if folder in row.command_line]
        (found,) = [row for row in rows if Path(row.command_line.split()[0]).name == "java"]
        return found

    def records_behind(self, region: str) -> float | None:
        """Of all its peers here and of it at its peers. None: it does not answer, or has not heard all of them."""
        status = asyncio.run(_status(read_node_settings(self.directory / region, region).replicator_socket))
        if status is None or not status.ready or len(status.peers) < len(self.regions) - 1:
            return None
        kinds = ("records_behind", "records_behind_there")
        counts = [peer.get(kind) for peer in status.peers.values() for kind in kinds]
        return None if None in counts else sum(filter(None, counts))

    @contextlib.contextmanager
    def brokers_alone(self) -> Iterator[None]:
        """The brokers without the regions, so that the logs can be read. Nothing where the logs are embedded."""
        with contextlib.ExitStack() as stopping:
            for region in self.regions if self.kafka else ():
                ports = self._topology.broker(region).port, self._topology.controller(region).port
                broker = Broker(self.directory / region / FOLDER, *ports)
                stopping.callback(broker.stop)
                broker.start()
            yield


async def _status(socket: Path) -> ToldStatus | None:
    client = ReplicatorClient(socket)
    try:
        return await client.status()
    except DependencyTimeout:
        return None
    finally:
        await client.close()
