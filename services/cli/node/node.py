"""`keytide node`: serve as a node, or have another one in the region.

Owns what is asked of which node, and what is said of it.
"""

import asyncio
from argparse import Namespace

from services.cli.arguments import DEFAULT_DIRECTORY
from services.cli.columns import show
from services.cli.faults import CannotStart
from services.region_node.operator.questions import Verb, ask
from services.region_node.settings.settings import NodeSettings


def main(arguments: Namespace) -> int | None:
    """Errors: those of `services/cli/faults.py`."""
    return _ACTIONS[arguments.action](arguments)


def _serve(arguments: Namespace) -> None:
    from services.cli.inner_processes import node

    _required(arguments, "region", "directory")
    node(arguments)


def _token(arguments: Namespace) -> None:
    settings = _node(arguments)
    print(asyncio.run(ask(settings, Verb.NODE_TOKEN, seconds=str(arguments.hours * 3600))))


def _join(arguments: Namespace) -> None:
    from services.region_node.nodes.joining import NewNode, join

    _required(arguments, "subject", "directory", "api", "feed", "channel")
    place = NewNode(
        arguments.directory, arguments.name, arguments.api, arguments.feed, arguments.channel, arguments.workers
    )
    settings = asyncio.run(join(arguments.subject, place))
    print(f"{settings.node} belongs to {settings.region}. Start it with:")
    print(f"  keytide node --region {settings.region} --directory {settings.directory}")


def _list(arguments: Namespace) -> None:
    rows = asyncio.run(ask(_node(arguments), Verb.NODE_LIST))
    shown = [{"node": name, "address": address, "standing": standing} for name, address, standing in rows]
    show(shown, as_json=False, nothing="The region has no nodes.")


def _remove(arguments: Namespace) -> None:
    _required(arguments, "subject")
    settings = _node(arguments)
    asyncio.run(ask(settings, Verb.NODE_REMOVE, node=arguments.subject))
    print(f"{arguments.subject} belongs to {settings.region} no more; its name is never given again.")
    print("Its disk holds the region's keys, also those that are erased here from now on: destroy it.")


def _node(arguments: Namespace) -> NodeSettings:
    from services.cli.operated_regions import OperatedRegions  # which no supervisor needs

    regions = OperatedRegions(arguments.directory or DEFAULT_DIRECTORY)
    if arguments.region is None and len(regions.nodes) == 1:
        return next(iter(regions.nodes.values()))
    _required(arguments, "region")
    return regions.node(arguments.region)


def _required(arguments: Namespace, *names: str) -> None:
    for name in names:
        if getattr(arguments, name) is None:
            what = "TOKEN or NAME" if name == "subject" else f"--{name}"
            raise CannotStart(f"keytide node {arguments.action} needs {what}; see keytide node --help")


def _run(arguments: Namespace) -> None:
    from services.cli.node.run import main as run

    run(arguments)


_ACTIONS = {"serve": _serve, "run": _run, "token": _token, "join": _join, "list": _list, "remove": _remove}
