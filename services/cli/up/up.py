"""`keytide up`: all regions and the front door on this machine, from nothing to proven, until it is told to stop.

Owns the order of a start and of a stop. What each step does is in the modules beside this one.
"""

import asyncio
import os
import socket
import time
from argparse import Namespace
from typing import Any

from services.cli.faults import CannotStart
from services.cli.main import DEFAULT_REGIONS
from services.cli.regions_directory import PRIVATE, Prepared, agreed_founding, prepare
from services.cli.up.brokers import Brokers
from services.cli.up.further_nodes import FurtherNodes, nodes_in
from services.cli.up.progress import Progress
from services.cli.up.start import Start
from services.cli.up.topology import LOOPBACK, Topology
from services.cli.up.tree import NODE_STOPPING_SECONDS, Watch, door_child, node_child
from services.clock import now_milliseconds
from services.processes.children import stop_on_signals, supervise
from services.processes.directory_lock import lock_directory
from services.processes.hardening import harden
from services.processes.life_line import LifeLine
from services.processes.sockets import PATIENCE_SECONDS, AddressBusy, listen_tcp
from services.tracing.settings import ENDPOINT_VARIABLE


def main(arguments: Namespace) -> None:
    """Run until Ctrl-C or SIGTERM. Errors: those of `services/cli/faults.py`."""
    progress = Progress()
    harden()
    if arguments.tracing is not None:
        os.environ[ENDPOINT_VARIABLE] = arguments.tracing  # which the nodes inherit
    directory = arguments.directory
    directory.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    lock = lock_directory(directory, patience=0)
    try:
        made = agreed_founding(directory, arguments.regions, DEFAULT_REGIONS, arguments.kafka)
        nodes = arguments.nodes or nodes_in(directory, made.regions)
        topology = Topology(
            made.regions, directory, arguments.port, arguments.workers, made.kafka, float(arguments.patience), nodes
        )
        _require_free(topology)
        prepared = prepare(topology, now_milliseconds())
        for region, reason in prepared.unfit.items():
            progress.say(f"region {region} is left out: {reason}")
        progress.say(f"starting {', '.join(node.region for node in prepared.nodes)} from {directory}")
        asyncio.run(Up(topology, prepared, progress).run())
    finally:
        os.close(lock)


def _require_free(topology: Topology) -> None:
    """Errors: CannotStart for an address that somebody else holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    for address in topology.addresses():
        try:
            listen_tcp(address.host, address.port, max(0.0, deadline - time.monotonic())).close()
        except AddressBusy as busy:
            raise CannotStart(f"{busy}; stop that, or choose other ports, for example with --port 9100") from busy


class Up:
    """One run of everything, from the start of the first process to the end of the last."""

    def __init__(self, topology: Topology, prepared: Prepared, progress: Progress) -> None:
        self._topology, self._prepared, self._progress = topology, prepared, progress
        self._stop = asyncio.Event()
        self._brokers = Brokers(topology, progress.say)

    async def run(self) -> None:
        """Start, prove, serve, stop. Errors: those of `services/cli/faults.py`."""
        stop_on_signals(self._stop)
        watch, line = Watch(self._progress), LifeLine()
        try:
            await self._brokers.start()
            with listen_tcp(LOOPBACK, self._topology.port) as listening:
                await self._serve(watch, listening, line)
        finally:
            await self._brokers.stop()
            line.close()
        self._progress.say("stopped")

    async def _serve(self, watch: Watch, listening: socket.socket, line: LifeLine) -> None:
        """Keep the processes alive until told to stop; a start that fails stops them too."""
        nodes, unfit = self._prepared
        door = door_child(self._topology, listening.fileno(), line.child_end)
        children = [node_child(node, line.child_end) for node in nodes]
        living = asyncio.create_task(supervise([[door], children], self._stop, watch, NODE_STOPPING_SECONDS))
        brokers = asyncio.create_task(self._brokers.watch(self._stop))
        further = asyncio.create_task(
            FurtherNodes(self._topology, nodes, self._progress, watch, line.child_end).run(self._stop)
        )
        start = Start(self._topology, nodes, unfit, self._progress, watch.hopeless)
        starting = asyncio.create_task(start.run())
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await first_of(starting, watch.failed, living, stopped)
            watch.ready = True
            await first_of(living, stopped)
            self._progress.say("stopping")
        finally:
            starting.cancel()
            stopped.cancel()
            self._stop.set()
            await asyncio.gather(living, further, brokers, starting, return_exceptions=True)


async def first_of(*futures: asyncio.Future[Any]) -> None:
    """Wait for the first that ends, and raise what it raised."""
    done, _ = await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    for future in done:
        future.result()
