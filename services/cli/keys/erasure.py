"""`keytide erasure …`: what was destroyed and is or is not erased, and the advance without waiting.

Owns which regions are asked and how their words are put together. What stands in the way, the state says: see
`replication/reports/erasure_report.py`. What lives has not been destroyed: see `known_name.py`.
"""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from replication.reports.backup_report import backups_in, hindering
from replication.reports.erasure_report import Destroyed, Reader
from replication.state.state_store import Snapshot, StoreFailed
from services.cli.columns import Row
from services.cli.columns import show as show_rows
from services.cli.keys.erasure_arguments import Named
from services.cli.keys.known_name import Known, known_as
from services.cli.operated_regions import OperatedRegions
from services.region_node.erasure.erasure import intervals
from services.region_node.operator.questions import Verb, ask
from services.region_node.settings.settings import NodeSettings
from services.region_node.state.building import is_whole
from shared.times import instant

NOTHING = "Nothing of that was destroyed, or all of it is erased."
UNKNOWN = (
    "No region that was asked knows of such a key, access key or key store. There never was one, or what was known of "
    "it went with a log that is lost."
)
NOT_KNOWN = "Nothing of that is listed, and not all could be read."
NOT_WHOLE = "its state is not there, or is being built from its log: start the region, and wait until it is ready"


ERASED, WAITS, NEVER_KNOWN = 0, 1, 2
"""The exit status."""


class _Seen(NamedTuple):
    """Of one snapshot of a region: what was destroyed, and what it knows of the name that was asked for."""

    destroyed: list[Destroyed]
    known: list[Known]


def status(arguments: Namespace) -> int:
    """0: all that is listed is erased; 1: something is not, or lives, or a region could not be read, or not the whole
    of it; 2: nobody has ever known what was named.
    """
    regions = OperatedRegions(arguments.directory)
    rows = [row for region in _chosen(regions, arguments) for row in _rows(regions, region, arguments)]
    nothing = NOTHING if arguments.key is None else UNKNOWN
    is_unknown = arguments.key is not None and not rows and not regions.unfit
    show_rows(rows, as_json=arguments.json, nothing=NOT_KNOWN if regions.unfit else nothing)
    if is_unknown and arguments.json:
        print(f"keytide: {UNKNOWN}", file=sys.stderr)
    away = [name for name in regions.names if name not in regions.nodes and arguments.region in (None, name)]
    for region in away:
        print(f"keytide: {region} is not here: what it says of the same, ask there", file=sys.stderr)
    for region, reason in regions.unfit.items():
        print(f"keytide: {region} cannot be read: {reason}", file=sys.stderr)
    if is_unknown:
        return NEVER_KNOWN
    return WAITS if regions.unfit or not all(row["erased"] for row in rows) else ERASED


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
    seen = regions.read(region, partial(_look, regions.nodes[region], arguments.key))
    if seen is None:
        return
    listed = [one for one in seen.destroyed if _is_wanted(one, arguments)]
    for one in listed:
        yield _row(region, one)
    streams = {one.stream for one in listed}
    for known in seen.known:
        lives_elsewhere = known.life and not known.held_here and arguments.region is None
        if known.holds or known.stream not in streams or lives_elsewhere:
            yield _row_of_known(region, known)


def _look(settings: NodeSettings, wanted: Named | None, partitions: int, snapshot: Snapshot) -> _Seen:
    """Errors: StoreFailed for a state that does not know yet what was destroyed."""
    if not is_whole(snapshot, partitions):
        raise StoreFailed(NOT_WHOLE)
    archives = partial(hindering, backups_in(snapshot))
    reader = Reader(snapshot, settings.region, partitions, intervals(settings), instant, archives)
    destroyed = [one for partition in range(partitions) for one in reader.partition(partition)]
    return _Seen(destroyed, [] if wanted is None else known_as(snapshot, settings.region, partitions, wanted))


def _is_wanted(one: Destroyed, arguments: Namespace) -> bool:
    _, account, name = one.stream.split("/", 2)
    if arguments.key is not None:
        return name == arguments.key.name and arguments.key.account in (None, account)
    if arguments.account is not None:
        return bool(account == arguments.account)
    return arguments.all or bool(one.hindrances)


def _row(region: str, one: Destroyed) -> Row:
    return _row_of(region, one.stream, instant(one.time), list(one.hindrances))


def _row_of_known(region: str, known: Known) -> Row:
    """What lives was not destroyed; what is gone and left no remains is erased."""
    return _row_of(region, known.stream, None, [known.life] if known.life else [])


def _row_of(region: str, stream: str, destroyed: str | None, in_the_way: list[str]) -> Row:
    kind, account, name = stream.split("/", 2)
    return {
        "region": region,
        "kind": kind,
        "account": account,
        "name": name,
        "destroyed": destroyed,
        "erased": not in_the_way,
        "in_the_way": in_the_way,
    }
