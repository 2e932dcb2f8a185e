"""`keytide usage`: who used which key, for what, how often and when last; and what nobody uses.

Owns how it is told. The regions' counts are put together; what is unused is of each region by itself.
"""

from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import inf
from typing import NamedTuple

from replication.state.view import SnapshotView
from services.cli.columns import Row, show
from services.cli.faults import CannotStart
from services.cli.usage.arguments import DAYS, UNUSED_DAYS, key_id_in
from services.cli.usage.known_usage import KnownUsage, known_usage
from services.clock import now_milliseconds
from services.region_node.settings.settings import NodeSettings
from services.region_node.worker.usage_store import LastUse
from services.usage.usage_reader import GrantUses, UsageReader
from shared.grants.lookup import grants_in_force
from shared.grants.model import Grant
from shared.identifiers import key_arn
from shared.keys.model import AWS, Key
from shared.keys.times import MILLISECONDS_PER_HOUR, days
from shared.times import instant
from shared.usage.report import is_principal, totals, uses
from shared.usage.tally import Tallies


def main(arguments: Namespace) -> int:
    """0: told. Errors: CannotStart."""
    known = known_usage(arguments.directory, arguments.regions)
    if arguments.unused:
        rows = _unused(known, arguments.days or UNUSED_DAYS, now_milliseconds())
        if not rows:
            raise CannotStart("nothing is known of what is used: no region here has counted and can be read")
        nothing = f"Every key and every grant in {', '.join(rows)} is used."
        show(list(chain.from_iterable(rows.values())), as_json=arguments.json, nothing=nothing)
    else:
        show(_used(known, arguments), as_json=arguments.json, nothing="Nothing was used.")
    return 0


def _used(known: KnownUsage, arguments: Namespace) -> list[Row]:
    start = (now_milliseconds() - days(arguments.days or DAYS)) // MILLISECONDS_PER_HOUR
    key_id = key_id_in(arguments.key or "")
    tallies = known.tallies(start, 1 << 40, key_id, arguments.principal or "")
    found = totals(tallies, arguments.by)
    ordered = sorted(found.items(), key=lambda row: (-row[1].uses, row[0]))
    return [
        {**dict(zip(arguments.by, name, strict=True)), "calls": count.uses, "last": instant(count.last)}
        for name, count in ordered
    ]


class Kept(NamedTuple):
    """A key that a region holds, by its ARN, and its grants."""

    arn: str
    key: Key
    grants: tuple[Grant, ...]


class Told(NamedTuple):
    """What a region's counts tell. `tallies`: uses in the period alone. `grants`: None where it knows none of them."""

    since: int
    tallies: Tallies
    last_uses: Mapping[str, LastUse]
    grants: GrantUses | None

    @property
    def grants_since(self) -> float:
        return inf if self.grants is None else self.grants.since


def _unused(known: KnownUsage, period: int, now: int) -> dict[str, list[Row]]:
    """Of each region that can tell."""
    cut = now - days(period)

    def told(reader: UsageReader) -> Told:
        tallies = uses(reader.tallies(cut // MILLISECONDS_PER_HOUR))
        return Told(reader.since(), tallies, reader.last_uses(), reader.grant_uses())

    counted, views = dict(known.each(told)), known.views(_kept)
    by_grants = _last_by_grants(counted.values())
    return {
        region: list(_unused_in(kept, counted[region], by_grants, cut)) for region, kept in views if region in counted
    }


def _last_by_grants(counted: Iterable[Told]) -> dict[str, int]:
    """In whatever region: a grant that all regions of a key have in common is used where one of them is."""
    last: dict[str, int] = {}
    for told in counted:
        for grant, time in () if told.grants is None else told.grants.last.items():
            last[grant] = max(time, last.get(grant, 0))
    return last


def _kept(settings: NodeSettings, view: SnapshotView) -> list[Kept]:
    return [
        Kept(key_arn(settings.region, key.account, key.key_id), key, grants_in_force(view, key))
        for account in view.accounts()
        for key in view.keys(account.account, "")
        if key.held_here and key.key_manager != AWS
    ]


def _unused_in(kept: Sequence[Kept], told: Told, by_grants: Mapping[str, int], cut: int) -> Iterator[Row]:
    callers: dict[str, set[str]] = {}
    for used_key, principal in totals(told.tallies, ("key", "principal")):
        callers.setdefault(used_key, set()).add(principal)
    for arn, key, grants in kept:
        used = told.last_uses.get(arn)
        if arn not in callers:
            last = None if used is None else used.time
            yield _row("key", arn, "", last, max(told.since, key.created_at), cut)
        for grant in grants:
            last = by_grants.get(grant.grant_id)
            if not _is_grant_used(grant, last, told.grants_since, callers.get(arn, set()), cut):
                name = f"{grant.grant_id} to {grant.grantee}"
                yield _row("grant", arn, name, last, max(told.since, grant.created_at), cut)


def _is_grant_used(grant: Grant, last: int | None, known_since: float, callers: set[str], cut: int) -> bool:
    """By the calls that it has permitted, where those are known of the whole period or of the grant's whole life; else
    it counts as used, too, where its grantee has used the key at all."""
    if last is not None and last >= cut:
        return True
    if known_since <= max(cut, grant.created_at):
        return False
    return any(is_principal(grant.grantee, who) for who in callers)


def _row(what: str, key: str, grant: str, last: int | None, known_since: int, cut: int) -> Row:
    """`sure`: whether it was there, and counted, for the whole time."""
    shown = None if last is None else instant(last)
    times = {"last": shown, "known_since": instant(known_since), "sure": known_since <= cut}
    return {"what": what, "key": key, "grant": grant, **times}
