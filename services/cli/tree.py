"""The processes that `keytide up` starts itself: a node for each region, and the front door.

Owns their command lines, each naming one region at most, and what is said when one of them dies.
"""

import asyncio
from collections.abc import Mapping

from services.cli.faults import CannotStart
from services.cli.progress import Progress
from services.cli.topology import Topology
from services.processes.child import ChildCommand
from services.processes.command_line import keytide_arguments, keytide_environment
from services.region_node.settings import NodeSettings

DOOR = "front door"
DEATHS_BEFORE_READY = 3


def node_child(node: NodeSettings, life_line: int) -> ChildCommand:
    """The supervisor of one region."""
    place = ("--region", node.region, "--directory", str(node.directory))
    return ChildCommand(
        name=f"region {node.region}",
        arguments=keytide_arguments("node", *place, "--life-line", str(life_line)),
        pass_fds=(life_line,),
        environment=keytide_environment(opens_keys=True),
        error_file=node.logs_directory / "supervisor.errors",
    )


def door_child(topology: Topology, listening: int, life_line: int) -> ChildCommand:
    """The front door, on a socket that is bound already."""
    place = ("--directory", str(topology.directory), "--fd-tcp", str(listening))
    return ChildCommand(
        name=DOOR,
        arguments=keytide_arguments("door", *place, "--life-line", str(life_line)),
        pass_fds=(listening, life_line),
        environment=keytide_environment(opens_keys=False),
        error_file=topology.directory / "logs" / "door.errors",
    )


class Watch:
    """Says what happens to the processes, and gives up where one dies again and again before all is ready."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._deaths: dict[str, int] = {}
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ready = False

    def __call__(self, what: str, details: Mapping[str, object]) -> None:
        child = str(details["child"])
        if what == "started" and self._deaths.get(child):
            self._progress.say(f"{child} is started again")
        if what == "killed":
            self._progress.say(f"{child} was killed: it {details['reason']}")
        if what == "died":
            self._died(child, details)

    def _died(self, child: str, details: Mapping[str, object]) -> None:
        deaths = self._deaths[child] = self._deaths.get(child, 0) + 1
        reason = str(details["reason"])
        self._progress.say(f"{child} {reason}; starting it again in {details.get('restart_in_seconds', 0)} s")
        if not self.ready and deaths >= DEATHS_BEFORE_READY and not self.failed.done():
            self.failed.set_exception(CannotStart(f"{child} does not start: it {reason}"))
