"""`keytide rebuild show`: what rebuilds brought back, and what they could not; it stays listed.

Owns the list. It is read from the regions' states, whether they run or not; the arithmetic is in
`replication/reports/rebuild_report.py`.
"""

from argparse import Namespace
from collections.abc import Iterator
from functools import partial

import orjson

from replication.reports.rebuild_report import Lost, Own, lost_in, own_rebuild
from replication.state.state_store import Snapshot
from services.cli.operated_regions import OperatedRegions
from shared.crypto.region_card import fingerprint
from shared.times import instant

NAMED_MOST = 20


def show(arguments: Namespace) -> int:
    """0. Errors: CannotStart, SettingsError."""
    regions = OperatedRegions(arguments.directory)
    found = [(lost, _own(regions, lost.region)) for lost in _known(regions) if arguments.region in (None, lost.region)]
    if arguments.json:
        print(orjson.dumps([_described(*one) for one in found]).decode())
    else:
        print("\n".join("\n".join(_lines(*one)) for one in found) or "No region here knows of one that was built anew.")
    return 0


def _known(regions: OperatedRegions) -> list[Lost]:
    """The word of whichever region has heard most of a rebuild."""
    best: dict[str, Lost] = {}
    for name in regions.nodes:
        for lost in regions.read(name, _lost_in) or ():
            best[lost.region] = max(best.get(lost.region, lost), lost, key=lambda one: len(one.readmitted))
    return [lost for _, lost in sorted(best.items())]


def _lost_in(partitions: int, snapshot: Snapshot) -> list[Lost]:
    return lost_in(snapshot, partitions)


def _own(regions: OperatedRegions, region: str) -> Own | None:
    return regions.read(region, partial(_own_rebuild, region))


def _own_rebuild(region: str, partitions: int, snapshot: Snapshot) -> Own | None:
    return own_rebuild(snapshot, region, partitions)


def _described(lost: Lost, own: Own | None) -> dict[str, object]:
    identities = {"former": fingerprint(lost.former), "identity": fingerprint(lost.identity)}
    return {**lost._asdict(), **identities, "own": None if own is None else own._asdict()}


def _lines(lost: Lost, own: Own | None) -> Iterator[str]:
    heard = instant(lost.heard_at) if lost.heard_at else "never"
    yield f"{lost.region} was built anew; readmitted by {', '.join(lost.readmitted) or 'nobody everywhere yet'}"
    for peer in lost.dissenting:
        yield f"  beware    {peer} has readmitted another identity under this name: find out why"
    yield f"  it is     {fingerprint(lost.identity)}"
    yield f"  it was    {fingerprint(lost.former)}, last heard {heard}"
    yield f"  back      {lost.came_back:,} records that it had shared"
    yield f"  lost      {lost.tail:,} records that it had shared and nobody had adopted"
    yield f"  lost      at most {lost.alone:,} records of its own: single-region keys and all that was made under them;"
    yield "            the settings, grants and aliases of its replicas; key stores; archives; its own upkeep"
    if own is None:
        return
    yield (f"  done      {instant(own.ended_at)}" if own.ended_at else "  it goes on: see /readyz of the region")
    yield from _named("disabled", own.disabled, "multi-region keys: look at each one's policy, then EnableKey")
    yield from _named("lacking", own.lacking, "keys whose material no other region has sealed to it again yet")
    yield from _named("no secret", own.secretless, "access keys whose secret is lost: make others")


def _named(what: str, names: tuple[str, ...], why: str) -> Iterator[str]:
    if names:
        more = f" and {len(names) - NAMED_MOST:,} more" if len(names) > NAMED_MOST else ""
        yield f"  {what:9} {len(names):,} {why}"
        yield f"            {' '.join(names[:NAMED_MOST])}{more}"
