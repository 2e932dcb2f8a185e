"""`keytide overtaken`: what promotions have overtaken, and what becomes of it.

Owns which region is asked: the list is the same in all of them, a change is settled where the primary is now.
"""

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from services.cli.columns import show as show_rows
from services.cli.faults import CannotStart
from services.cli.operated_regions import OperatedRegions
from services.region_node.operator.questions import NotReached, Refused, Verb, ask
from services.region_node.settings.settings import NodeSettings
from shared.times import instant

COLUMNS = ("id", "account", "key", "time", "change", "asked_by", "first", "settled_in")
WIDE = frozenset({"first"})


def show(arguments: Namespace) -> None:
    """All that is open."""
    rows = _told(_nodes(arguments))
    shown = [{**dict(zip(COLUMNS, row, strict=True)), "time": instant(row[3])} for row in rows]
    show_rows(shown, as_json=arguments.json, nothing="Nothing is overtaken.", wide=WIDE)


def redo(arguments: Namespace) -> None:
    """Errors: those of `services/cli/faults.py`."""
    settled = _settle(arguments, Verb.DO_OVERTAKEN_AGAIN)
    print(f"{arguments.change} was done again, for {settled}.")


def drop(arguments: Namespace) -> None:
    """Errors: those of `services/cli/faults.py`."""
    settled = _settle(arguments, Verb.DROP_OVERTAKEN)
    print(f"{arguments.change} is dropped, of {settled}.")


def _settle(arguments: Namespace, verb: Verb) -> Any:
    nodes = _nodes(arguments)
    primary = next((row[-1] for row in _told(nodes) if row[0] == arguments.change), "")
    if primary:
        return asyncio.run(ask(OperatedRegions(arguments.directory).node(primary), verb, change=arguments.change))
    return _settled_already(nodes, verb, arguments.change)


def _settled_already(nodes: Sequence[NodeSettings], verb: Verb, change: str) -> Any:
    """Where an earlier command was cut off before it had its answer: some region remembers what has become of it."""
    for node in nodes:
        try:
            return asyncio.run(ask(node, verb, change=change))
        except (NotReached, Refused):
            continue
    raise CannotStart(f"no overtaken change {change} is open; see: keytide overtaken list")


def _nodes(arguments: Namespace) -> list[NodeSettings]:
    regions = OperatedRegions(arguments.directory)
    return [regions.node(arguments.region)] if arguments.region else [*regions.nodes.values()]


def _told(nodes: Sequence[NodeSettings]) -> list[list[Any]]:
    """Of every region that answers, together: who asked for a change is known in one of them. Errors: NotReached."""
    found: dict[tuple[str, str], list[Any]] = {}
    silent: NotReached | None = None
    answered = False
    for node in nodes:
        try:
            rows = asyncio.run(ask(node, Verb.OVERTAKEN))
        except NotReached as fault:
            silent = fault
            continue
        answered = True
        for row in rows:
            known = found.setdefault((row[0], row[2]), [*row])
            known[5] = known[5] or row[5]
    if silent is not None and not answered:
        raise silent
    return sorted(found.values(), key=lambda row: row[3])
