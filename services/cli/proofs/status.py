"""`keytide status`: how far each region is with its peers.

Owns how that is told. The figures are those of /metrics, asked of each region's replicator over its socket.
"""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from services.cli.operated_regions import OperatedRegions
from services.region_node.replicator.client import ReplicatorClient, ToldStatus
from services.region_node.replicator.status import EVIDENCE
from shared.errors import DependencyTimeout

HEADINGS = ("region", "peer", "behind by", "records", "behind there", "last pulse")
NEVER = "-"


class Told(NamedTuple):
    """`status` None: the region does not answer."""

    region: str
    status: ToldStatus | None


def main(arguments: Namespace) -> int:
    """0: every region answers and is ready; 1: not. A region that has lost its disk hides nothing that others tell.

    Errors: those of `services/cli/faults.py`.
    """
    regions = OperatedRegions(arguments.directory)
    asked = [*regions.nodes.values()] if arguments.region is None else [regions.node(arguments.region)]
    told = [Told(settings.region, asyncio.run(_asked(settings.replicator_socket))) for settings in asked]
    print(_document(told) if arguments.json else "\n".join(lines(told)))
    unfit = regions.unfit if arguments.region is None else {}
    for region, reason in unfit.items():
        print(f"keytide: {region} cannot be read: {reason}", file=sys.stderr)
    return int(bool(unfit) or not all(one.status is not None and one.status.ready for one in told))


async def _asked(socket: Path) -> ToldStatus | None:
    client = ReplicatorClient(socket)
    try:
        return await client.status()
    except DependencyTimeout:
        return None
    finally:
        await client.close()


def _document(told: Sequence[Told]) -> str:
    regions = {one.region: None if one.status is None else one.status._asdict() for one in told}
    return orjson.dumps(regions, option=orjson.OPT_NON_STR_KEYS).decode()


def lines(told: Sequence[Told]) -> list[str]:
    """The table, a line for every region that is not ready, and what regions hold against each other."""
    rows = [HEADINGS, *(row for one in told for row in _rows(one))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lacking = [line for one in told if (line := _lacking(one))]
    return [*table, *lacking, *(line for one in told for line in _proven(one))]


def _rows(one: Told) -> list[tuple[str, ...]]:
    if one.status is None:
        return [(one.region, *(NEVER,) * 5)]
    return [(one.region, peer, *_cells(lag)) for peer, lag in sorted(one.status.peers.items())]


def _cells(lag: Mapping[str, float]) -> tuple[str, ...]:
    return (
        _seconds(lag.get("seconds_behind")),
        _count(lag.get("records_behind")),
        _count(lag.get("records_behind_there")),
        _seconds(lag.get("pulse_age_seconds")),
    )


def _seconds(value: float | None) -> str:
    return NEVER if value is None else f"{value:.1f} s"


def _count(value: float | None) -> str:
    return NEVER if value is None else f"{value:,.0f}"


def _lacking(one: Told) -> str:
    if one.status is None:
        return f"{one.region} does not answer"
    return "" if one.status.ready else f"{one.region} is not ready: {one.status.reason}"


def _proven(one: Told) -> list[str]:
    troubles = {} if one.status is None else one.status.troubles
    return [f"{one.region} holds {place}: {what}" for place, what in troubles.items() if place.startswith(EVIDENCE)]
