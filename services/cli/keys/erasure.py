"""`keytide erasure …`: what was destroyed and is or is not erased, and the advance without waiting.

Owns which regions are asked and how their words are put together. What stands in the way, the state says: see
`replication/reports/erasure_report.py`.
"""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Iterator
from functools import partial

from replication.reports.backup_report import backups_in, hindering
from replication.reports.erasure_report import Destroyed, Reader
from replication.state.state_store import Snapshot, StoreFailed
from services.cli.columns import Row
from services.cli.columns import show as show_rows
from services.cli.operated_regions import OperatedRegions
from services.region_node.erasure.erasure import intervals
from services.region_node.operator.questions import Verb, ask
from services.region_node.settings.settings import NodeSettings
from services.region_node.state.building import is_whole
from shared.times import instant

NOTHING = "Nothing of that was destroyed, or all of it is erased."
NOT_KNOWN = "Nothing of that is listed, and not all could be read."
NOT_WHOLE = "its state is not there, or is being built from its log: start the region, and wait until it is ready"


def status(arguments: Namespace) -> int:
    """0: all that is listed is erased; 1: something is not, or a region could not be read, or not the whole of it."""
    regions = OperatedRegions(arguments.directory)
    rows = [row for region in _chosen(regions, arguments) for row in _rows(regions, region, arguments)]
    show_rows(rows, as_json=arguments.json, nothing=NOT_KNOWN if regions.unfit else NOTHING)
    away = [name for name in regions.names if name not in regions.nodes and arguments.region in (None, name)]
    for region in away:
        print(f"keytide: {region} is not here: what it says of the same, ask there", file=sys.stderr)
    for region, reason in regions.unfit.items():
        print(f"keytide: {region} cannot be read: {reason}", file=sys.stderr)
    return int(bool(regions.unfit) or not all(row["erased"] for row in rows))


def advance(arguments: Namespace) -> int:
    """Errors: those of `ask`, CannotStart."""
    regions = OperatedRegions(arguments.directory)
    for region in _chosen(regions, arguments):
        asyncio.run(ask(regions.node(region), Verb.ADVANCE_ERASURE))
        print(f"{region} has exchanged its keys as far as it goes now; see: keytide erasure status")
    return 0


def _chosen(regions: OperatedRegions, arguments: Namespace) -> list[str]:
    if arguments.region is None:
        return list(regions.nodes)
    return [regions.node(arguments.region).region]


def _rows(regions: OperatedRegions, region: str, arguments: Namespace) -> Iterator[Row]:
    settings = regions.nodes[region]
    found = regions.read(region, partial(_destroyed, settings))
    for one in found or ():
        if _is_wanted(one, arguments):
            yield _row(region, one)


def _destroyed(settings: NodeSettings, partitions: int, snapshot: Snapshot) -> list[Destroyed]:
    """Errors: StoreFailed for a state that does not know yet what was destroyed."""
    if not is_whole(snapshot, partitions):
        raise StoreFailed(NOT_WHOLE)
    archives = partial(hindering, backups_in(snapshot))
    reader = Reader(snapshot, settings.region, partitions, intervals(settings), instant, archives)
    return [one for partition in range(partitions) for one in reader.partition(partition)]


def _is_wanted(one: Destroyed, arguments: Namespace) -> bool:
    _, account, name = one.stream.split("/", 2)
    if arguments.key is not None:
        return bool(name == arguments.key.rpartition("/")[2])
    if arguments.account is not None:
        return bool(account == arguments.account)
    return arguments.all or bool(one.hindrances)


def _row(region: str, one: Destroyed) -> Row:
    kind, account, name = one.stream.split("/", 2)
    return {
        "region": region,
        "kind": kind,
        "account": account,
        "name": name,
        "destroyed": instant(one.time),
        "erased": not one.hindrances,
        "in_the_way": list(one.hindrances),
    }
