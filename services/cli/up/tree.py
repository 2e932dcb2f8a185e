"""The processes that `keytide up` starts itself: a node for each region, and the front door.

Owns their command lines, each naming one region at most, and what is said when one of them dies.
"""

import asyncio
from collections.abc import Mapping

from services.cli.faults import CannotStart
from services.cli.up.progress import Progress
from services.cli.up.topology import Topology
from services.processes.child import ChildCommand
from services.processes.command_line import keytide_arguments, keytide_environment
from services.region_node.settings.settings import NodeSettings

DOOR = "front door"
DOOR_PAUSE_SECONDS = 1.0
"""All regions are reached through it, so that it is never away for long."""
DEATHS_BEFORE_READY = 3
NODE_STOPPING_SECONDS = 25.0
"""More than a node's supervisor takes for its workers and then its replicator."""


def region_name(region: str) -> str:
    """What the region's child is called."""
    return f"region {region}"


def node_child(node: NodeSettings, life_line: int) -> ChildCommand:
    """The supervisor of a region's first node."""
    return _supervisor(node, life_line, region_name(node.region))


def further_child(node: NodeSettings, life_line: int) -> ChildCommand:
    """The supervisor of another node of a region."""
    return _supervisor(node, life_line, f"{node.node} of {node.region}")


def _supervisor(node: NodeSettings, life_line: int, name: str) -> ChildCommand:
    place = ("--region", node.region, "--directory", str(node.directory))
    return ChildCommand(
        name=name,
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
        longest_pause=DOOR_PAUSE_SECONDS,
    )


class Watch:
    """Says what happens to the processes, and remembers which do not start: those that die again and again.

    Without the front door nothing begins; a region that does not start leaves the others alone.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._deaths: dict[str, int] = {}
        self._hopeless: dict[str, str] = {}
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ready = False

    def hopeless(self, region: str) -> str:
        """Why the region does not start, or ""."""
        return self._hopeless.get(region_name(region), "")

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
        if deaths < DEATHS_BEFORE_READY:
            return
        self._hopeless[child] = f"it does not start: it {reason}"
        if child == DOOR and not self.ready and not self.failed.done():
            self.failed.set_exception(CannotStart(f"{child} does not start: it {reason}"))
