"""The processes of a region and of the front door, as `keytide up` and the node's supervisor start them.

Owns what each does before its own work: hold on to the life line, forbid core files and debugging, open its log. A
process that has a parent leaves Ctrl-C to it: a terminal sends it to the whole group, and the parent stops them in
order.
"""

import asyncio
import importlib
import logging
import signal
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from services.processes import life_line
from services.processes.collector import loading
from services.processes.descriptors import raise_descriptor_limit
from services.processes.hardening import harden
from services.processes.process_log import log_to

log = logging.getLogger(__name__)


def node(arguments: Namespace) -> None:
    """The supervisor of one region."""
    with loading():
        from services.region_node.settings.settings import read_node_settings
        from services.region_node.supervisor import run_node

    settings = read_node_settings(arguments.directory, arguments.region)
    begin(arguments.life_line, settings.logs_directory, "supervisor")
    asyncio.run(run_node(settings))


def worker(arguments: Namespace) -> int | None:
    """One API process of a region."""
    from services.region_node.settings.settings import read_node_settings

    settings = read_node_settings(arguments.directory, arguments.region)
    begin(arguments.life_line, settings.logs_directory, f"worker-{arguments.number}")
    return _main("services.region_node.worker.worker")(
        settings, arguments.number, arguments.fd_tcp, arguments.fd_door, arguments.start
    )


def replicator(arguments: Namespace) -> int | None:
    """The one author of a node."""
    from services.region_node.settings.settings import read_node_settings

    settings = read_node_settings(arguments.directory, arguments.region)
    begin(arguments.life_line, settings.logs_directory, "replicator")
    return _main("services.region_node.replicator.process")(settings, arguments.start)


def auditor(arguments: Namespace) -> int | None:
    """What carries a node's audit entries."""
    from services.region_node.settings.settings import read_node_settings

    settings = read_node_settings(arguments.directory, arguments.region)
    begin(arguments.life_line, settings.logs_directory, "auditor")
    return _main("services.audit.auditor_process")(settings)


def door(arguments: Namespace) -> None:
    """The front door."""
    with loading():
        from services.front_door.main import run_door
        from services.front_door.settings import read_door_settings

    settings = read_door_settings(arguments.directory)
    begin(arguments.life_line, arguments.directory / "logs", "door")
    run_door(settings, arguments.fd_tcp)


def _main(module: str) -> Callable[..., int | None]:
    with loading():
        main: Callable[..., int | None] = importlib.import_module(module).main
    return main


def begin(line: int | None, logs_directory: Path, name: str) -> None:
    """What every process does first. `line`: the inherited life line; None where it has no parent."""
    if line is not None:
        life_line.hold(line)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    log_to(logs_directory, name)
    raise_descriptor_limit()
    for lacking in harden():
        log.warning("hardening is incomplete", extra={"lacking": lacking})
