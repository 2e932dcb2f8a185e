"""One region's node as a process tree: the supervisor, its API workers, its replicator, its auditor.

Owns which children a node has and what they inherit. Sockets are bound here once, so that a port never closes while a
worker restarts. Command lines name this region and no other; everything else stands in the node's settings file. Where
a child has met a damaged state, all are stopped, the state is cared for, and all are started again.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from services.processes.child import ChildCommand
from services.processes.children import stop_on_signals, supervise
from services.processes.command_line import keytide_arguments, keytide_environment
from services.processes.directory_lock import lock_directory
from services.processes.heartbeat import beat
from services.processes.life_line import LifeLine
from services.processes.sockets import listen_tcp, listen_unix
from services.region_node.nodes.lease_file import void_after_reboot
from services.region_node.settings.settings import NodeSettings
from services.region_node.state.state_care import care_for_state, is_suspected, suspect
from shared.crypto import entropy

LOCK_PATIENCE_SECONDS = 15.0
"""The children of a supervisor that was killed end within moments; a restart waits for them."""

DEATHS_OF_DAMAGE: Mapping[object, int] = {-signal.SIGBUS: 1, -signal.SIGSEGV: 2, -signal.SIGABRT: 2}
"""Status -> so many deaths in a row, at which the state is looked at. A state that is well gives no SIGBUS."""

START_BYTES = 8
AUDITOR = "auditor"
"""What it reads of the state the replicator reads, too; a file of its own must not stop the serving."""

log = logging.getLogger(__name__)


Phases: TypeAlias = tuple[tuple[ChildCommand, ...], ...]


class Inherited(NamedTuple):
    """Descriptors that the children get, and the name of this start of the node."""

    tcp: int
    door: int
    life_line: int
    lock: int
    start: str = ""


def node_children(settings: NodeSettings, inherited: Inherited) -> Phases:
    """The node's children in the order of stopping: workers first, so that every answer in flight has its author."""
    workers = tuple(_worker(settings, number, inherited) for number in range(1, settings.workers + 1))
    return workers, tuple(_child(settings, inherited, name, (name,)) for name in ("replicator", AUDITOR))


async def run_node(
    settings: NodeSettings, children: Callable[[NodeSettings, Inherited], Phases] = node_children
) -> None:
    """Serve the region until SIGTERM or SIGINT. Errors: DirectoryInUse, AddressBusy, OSError for a socket."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    beating = asyncio.create_task(beat())
    lock = await asyncio.to_thread(lock_directory, settings.directory, LOCK_PATIENCE_SECONDS)
    line = LifeLine()
    try:
        with (
            await asyncio.to_thread(listen_tcp, settings.api.host, settings.api.port) as tcp,
            listen_unix(settings.door_socket) as door,
        ):
            void_after_reboot(settings.lease_file)
            start = entropy.random_bytes(START_BYTES).hex()
            inherited = Inherited(tcp.fileno(), door.fileno(), line.child_end, lock, start)
            proven = False
            while not stop.is_set():
                proven = await asyncio.to_thread(care_for_state, settings) or proven
                await _supervise(children(settings, inherited), settings, stop, proven)
    finally:
        line.close()
        os.close(lock)
        beating.cancel()


async def _supervise(phases: Phases, settings: NodeSettings, stop: asyncio.Event, proven: bool) -> None:
    """Keep the children alive until `stop`, or until the state has to be looked at. `proven`: it was, and is well."""
    ending = asyncio.Event()
    stopped = asyncio.create_task(stop.wait())
    stopped.add_done_callback(lambda _: ending.set())

    def report(what: str, details: Mapping[str, object]) -> None:
        log.log(logging.INFO if what == "started" else logging.ERROR, f"child {what}", extra=dict(details))
        if what == "died" and _met_damage(settings, details, proven):
            ending.set()

    try:
        await supervise(phases, ending, report)
    finally:
        stopped.cancel()


def _met_damage(settings: NodeSettings, details: Mapping[str, object], proven: bool) -> bool:
    """Whether the child has said so before it died, or died as a process does that reads a damaged file."""
    deaths = None if details["child"] == AUDITOR else DEATHS_OF_DAMAGE.get(details["status"])
    if deaths is not None and details["deaths"] == deaths and (not proven or details["status"] == -signal.SIGBUS):
        suspect(settings)
    return is_suspected(settings)


def _worker(settings: NodeSettings, number: int, inherited: Inherited) -> ChildCommand:
    sockets = ("--fd-tcp", str(inherited.tcp), "--fd-door", str(inherited.door))
    arguments = ("worker", "--number", str(number), *sockets)
    return _child(settings, inherited, f"worker-{number}", arguments, (inherited.tcp, inherited.door))


def _child(
    settings: NodeSettings, inherited: Inherited, name: str, arguments: tuple[str, ...], sockets: tuple[int, ...] = ()
) -> ChildCommand:
    place = ("--region", settings.region, "--directory", str(settings.directory))
    return ChildCommand(
        name=name,
        arguments=keytide_arguments(
            *arguments, *place, "--start", inherited.start, "--life-line", str(inherited.life_line)
        ),
        pass_fds=(*sockets, inherited.life_line, inherited.lock),
        environment=keytide_environment(opens_keys=True),
        error_file=settings.logs_directory / f"{name}.errors",
    )
