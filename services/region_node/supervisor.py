"""One region's node as a process tree: the supervisor, its API workers, its replicator.

Owns which children a node has and what they inherit. Sockets are bound here once, so that a port never closes while a
worker restarts. Command lines name this region and no other; everything else stands in the node's settings file.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from services.processes.child import ChildCommand
from services.processes.children import stop_on_signals, supervise
from services.processes.command_line import keytide_arguments, keytide_environment
from services.processes.directory_lock import lock_directory
from services.processes.life_line import LifeLine
from services.processes.sockets import listen_tcp, listen_unix
from services.region_node.settings import NodeSettings

LOCK_PATIENCE_SECONDS = 15.0
"""The children of a supervisor that was killed end within moments; a restart waits for them."""

log = logging.getLogger(__name__)


Phases: TypeAlias = tuple[tuple[ChildCommand, ...], ...]


class Inherited(NamedTuple):
    """Descriptors that the children get."""

    tcp: int
    door: int
    life_line: int
    lock: int


def node_children(settings: NodeSettings, inherited: Inherited) -> Phases:
    """The node's children in the order of stopping: workers first, so that every answer in flight has its author."""
    workers = tuple(_worker(settings, number, inherited) for number in range(1, settings.workers + 1))
    return workers, (_child(settings, inherited, "replicator", ("replicator",)),)


async def run_node(
    settings: NodeSettings, children: Callable[[NodeSettings, Inherited], Phases] = node_children
) -> None:
    """Serve the region until SIGTERM or SIGINT. Errors: DirectoryInUse, AddressBusy, OSError for a socket."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    lock = await asyncio.to_thread(lock_directory, settings.directory, LOCK_PATIENCE_SECONDS)
    line = LifeLine()
    try:
        with (
            await asyncio.to_thread(listen_tcp, settings.api.host, settings.api.port) as tcp,
            listen_unix(settings.door_socket) as door,
        ):
            inherited = Inherited(tcp.fileno(), door.fileno(), line.child_end, lock)
            await supervise(children(settings, inherited), stop, _report)
    finally:
        line.close()
        os.close(lock)


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
        arguments=keytide_arguments(*arguments, *place, "--life-line", str(inherited.life_line)),
        pass_fds=(*sockets, inherited.life_line, inherited.lock),
        environment=keytide_environment(opens_keys=True),
        error_file=settings.logs_directory / f"{name}.errors",
    )


def _report(what: str, details: Mapping[str, object]) -> None:
    level = logging.INFO if what == "started" else logging.ERROR
    log.log(level, f"child {what}", extra=dict(details))
