"""Regions that are started for one drill and removed with it, so that no drill harms what others rely on.

Owns their start in a new directory, on ports that are free, with proxies between them, and their end.
"""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.clock import now_milliseconds
from services.drill.faults import CannotDrill
from services.drill.links import HOST, Link, Links
from services.drill.local_site import LocalSite
from services.processes.command_line import keytide_arguments, keytide_environment
from services.region_node.settings.settings import Address, PeerSettings, stored_node_settings, write_node_settings

READY = "Keytide is ready"
STARTING_SECONDS = 180
STOPPING_SECONDS = 60.0
PORTS_APART = 300
FIRST_PORT, LAST_PORT = 12_000, 32_000
"""Below those that the system gives out by itself."""


@contextlib.contextmanager
def throwaway_regions(regions: Sequence[str], *, kafka: bool) -> Iterator[LocalSite]:
    """Regions that are ready. Errors: CannotDrill, with what their start has said."""
    with (
        tempfile.TemporaryDirectory(prefix="keytide-drill-", ignore_cleanup_errors=True) as folder,
        contextlib.closing(Links()) as links,
    ):
        directory = Path(folder) / "regions"
        topology = _free_topology(tuple(regions), directory, kafka)
        directory.mkdir(mode=0o700)
        prepare(topology, now_milliseconds())
        if not kafka:
            _link(topology, links)
        with _running(topology, Path(folder) / "output"):
            yield LocalSite(directory, links)


def _free_topology(regions: tuple[str, ...], directory: Path, kafka: bool) -> Topology:
    bases = range(FIRST_PORT, LAST_PORT, PORTS_APART)
    first = os.getpid() % len(bases)
    for base in (*bases[first:], *bases[:first]):
        topology = Topology(regions, directory, base, None, kafka)
        if all(map(_is_free, topology.addresses())):
            return topology
    raise CannotDrill("there are no free ports for the regions of a drill")


def _is_free(address: Address) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address.host, address.port))
        except OSError:
            return False
    return True


def _link(topology: Topology, links: Links) -> None:
    for region in topology.regions:
        settings = stored_node_settings(topology.region_directory(region), region)
        peers = tuple(_linked(topology, links, region, peer) for peer in settings.peers)
        write_node_settings(replace(settings, peers=peers))


def _linked(topology: Topology, links: Links, region: str, peer: PeerSettings) -> PeerSettings:
    port = links.add(Link(region, peer.region), topology.feed(peer.region).port)
    return replace(peer, feed=Address(HOST, port))


@contextlib.contextmanager
def _running(topology: Topology, output: Path) -> Iterator[None]:
    place = ("--directory", str(topology.directory), "--port", str(topology.port))
    words = (
        "--regions",
        ",".join(topology.regions),
        "--patience",
        str(STARTING_SECONDS),
        *(("--kafka",) if topology.kafka else ()),
    )
    with output.open("wb") as file:
        process = subprocess.Popen(
            keytide_arguments("up", *place, *words),
            env=keytide_environment(opens_keys=True),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    try:
        _until_ready(process, output)
        yield
    finally:
        _end(process)


def _until_ready(process: "subprocess.Popen[bytes]", output: Path) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while READY not in output.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise CannotDrill(f"the regions of the drill do not start:\n{output.read_text(errors='replace')}")
        time.sleep(0.05)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """As Ctrl-C does; what is left then, at once."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOPPING_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
