"""`keytide key deletable`: is it safe to delete this key?

Owns what is gathered in every region of the key, and how the answer is told. The rules stand in
`shared/usage/deletable.py`. It reads only.
"""

from argparse import Namespace
from collections.abc import Mapping, Sequence

from replication.state.view import SnapshotView
from services.cli.columns import show
from services.cli.faults import CannotStart
from services.cli.usage.arguments import key_id_in
from services.cli.usage.known_usage import KnownUsage, keys_named, known_usage
from services.clock import now_milliseconds
from services.region_node.settings.settings import NodeSettings
from services.usage.usage_reader import UsageReader
from shared.grants.lookup import grants_in_force
from shared.identifiers import key_arn
from shared.keys.model import Key
from shared.keys.times import MILLISECONDS_PER_HOUR, days
from shared.usage.deletable import Finding, Gathered, findings, is_deletable


def main(arguments: Namespace) -> int:
    """0: nothing speaks against it; 1: something does. Errors: CannotStart where no region here has the key."""
    known, now = known_usage(arguments.directory, []), now_milliseconds()
    start = (now - days(arguments.days)) // MILLISECONDS_PER_HOUR
    found = {
        region: gathered
        for region, held in known.views(lambda settings, view: _held(settings, view, key_id_in(arguments.key)))
        for gathered in held
    }
    if not found:
        raise CannotStart(f"no region here has such a key: {arguments.key}")
    gathered = [_with_usage(known, one, start) for one in found.values()]
    told = findings(gathered, _unseen(found), arguments.days, now)
    show([_row(one) for one in told], as_json=arguments.json, nothing="")
    if not arguments.json:
        print("Nothing that is known speaks against it." if is_deletable(told) else "Do not delete it yet.")
    return int(not is_deletable(told))


def _held(settings: NodeSettings, view: SnapshotView, key_id: str) -> list[Gathered]:
    """The key, where the region holds it; usage comes later."""
    return [_gathered(settings.region, view, key) for key in keys_named(view, key_id)]


def _gathered(region: str, view: SnapshotView, key: Key) -> Gathered:
    name = key.account, key.key_id
    aliases = tuple(alias.alias for alias in view.aliases_of(*name, ""))
    grantees = tuple(dict.fromkeys(grant.grantee for grant in grants_in_force(view, key)))
    return Gathered(region, key, None, None, {}, aliases, grantees, None)


def _with_usage(known: KnownUsage, here: Gathered, start: int) -> Gathered:
    arn = key_arn(here.region, here.key.account, here.key.key_id)

    def counted(reader: UsageReader) -> Gathered:
        tallies = {one: count for one, count in reader.tallies(start, key_id=here.key.key_id).items() if one.key == arn}
        last, test = reader.last_use(arn), here.key.scream_test
        return here._replace(
            counted_since=reader.since(),
            last_use=None if last is None else last.time,
            tallies=tallies,
            hits=None if test is None else sum(one.calls for one in reader.hits(test.test)),
        )

    return known.of(here.region, counted) or here


def _unseen(found: Mapping[str, Gathered]) -> Sequence[str]:
    families = [one.key for one in found.values() if one.key.primary_region is not None]
    members = {region for key in families for region in (key.primary_region or "", *key.replica_regions)}
    return sorted(members - {*found})


def _row(one: Finding) -> dict[str, object]:
    return {"what": str(one.weight), "region": one.region, "finding": one.text}
