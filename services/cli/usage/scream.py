"""`keytide scream`: a key is browned out before it is deleted, and whoever needs it screams.

Owns which regions are asked, and what is told of a test. Each region records a test of its own: with `--all-regions`
those of the key are asked one after the other, and one that is not here, or refuses, is told.
"""

import asyncio
import getpass
import socket
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import orjson

from replication.state.view import SnapshotView
from services.cli.columns import lines
from services.cli.faults import CannotStart
from services.cli.printing import print_lines
from services.cli.usage.arguments import key_id_in
from services.cli.usage.known_usage import KnownUsage, keys_named, known_usage, tell
from services.clock import now_milliseconds
from services.plain_fault import PlainFault
from services.region_node.operator.questions import Verb, ask
from services.region_node.settings.settings import NodeSettings
from services.usage.usage_reader import HitsOf
from shared.keys.model import Key, ScreamTest
from shared.keys.scream_test import PARTS, ends_at, is_running, share
from shared.times import instant


class Tested(NamedTuple):
    """A key in one region, with its last test; None: it never had one."""

    region: str
    account: str
    key_id: str
    members: tuple[str, ...]
    test: ScreamTest | None


def start(arguments: Namespace) -> int:
    """0: begun everywhere; 1: not in all regions. Errors: CannotStart."""
    known = known_usage(arguments.directory, [])
    shares = {name: getattr(arguments, name) for name in ("from_percent", "to_percent", "minutes")}
    chosen = _chosen(known, arguments)
    failed = _asked(known, chosen, Verb.START_SCREAM_TEST, "scream test begun", **shares)
    return int(failed or _left_out(arguments, chosen))


def stop(arguments: Namespace) -> int:
    """0: ended wherever one ran; 1: not in all regions. Errors: CannotStart."""
    known, now = known_usage(arguments.directory, []), now_milliseconds()
    chosen = _chosen(known, arguments)
    running = [one for one in chosen if one.test is not None and is_running(one.test, now)]
    asked = running if arguments.all_regions else chosen
    failed = _asked(known, asked, Verb.STOP_SCREAM_TEST, "scream test ended")
    return int(failed or _left_out(arguments, chosen))


def status(arguments: Namespace) -> int:
    """0: told. Errors: CannotStart."""
    known = known_usage(arguments.directory, [arguments.region] if arguments.region else [])
    key_id, now = key_id_in(arguments.key or ""), now_milliseconds()
    told = [(one, one.test, _hits(known, one.region, one.test)) for one in _tested(known, key_id) if one.test]
    if arguments.json:
        print(orjson.dumps([_document(one, test, hits, now) for one, test, hits in told]).decode())
    else:
        print_lines([line for one, test, hits in told for line in _lines(one, test, hits, now)] or ["No scream tests."])
    return 0


def _hits(known: KnownUsage, region: str, test: ScreamTest) -> list[HitsOf] | None:
    return known.of(region, lambda reader: reader.hits(test.test))


def _asked(known: KnownUsage, chosen: Iterable[Tested], verb: Verb, done: str, **more: int) -> bool:
    """Whether a region has not done it."""
    failed = False
    for one in chosen:
        node, name = known.operated.node(one.region), {"account": one.account, "key_id": one.key_id}
        try:
            asyncio.run(ask(node, verb, asked_by=_operator(), **name, **more))
            print(f"{one.region}: {done}: {one.key_id}")
        except PlainFault as fault:
            failed = True
            tell(f"{one.region}: {fault}")
    return failed


def _left_out(arguments: Namespace, chosen: Sequence[Tested]) -> bool:
    """Whether all regions were meant, and some could not be asked."""
    missing = {region for one in chosen for region in one.members} - {one.region for one in chosen}
    if arguments.all_regions and missing:
        tell(f"not asked, for they are not operated here: {', '.join(sorted(missing))}")
    return bool(arguments.all_regions and missing)


def _chosen(known: KnownUsage, arguments: Namespace) -> list[Tested]:
    """Errors: CannotStart where it is not said in which region, or the key is not there."""
    region = arguments.region or (arguments.key.split(":")[3] if arguments.key.startswith("arn:") else "")
    found = list(_tested(known, key_id_in(arguments.key)))
    if not arguments.all_regions:
        if not region:
            raise CannotStart("in which region? Say --region, or --all-regions")
        known.operated.node(region)
        found = [one for one in found if one.region == region]
    if not found:
        raise CannotStart(f"no such key is there: {arguments.key}")
    return found


def _tested(known: KnownUsage, key_id: str) -> Iterator[Tested]:
    """The keys that there are, with `key_id` that key alone, in each region that holds it."""

    def look(settings: NodeSettings, view: SnapshotView) -> list[Tested]:
        keys = keys_named(view, key_id) if key_id else _all_keys(view)
        return [_of_key(settings.region, key) for key in keys]

    for _, found in known.views(look):
        yield from found


def _all_keys(view: SnapshotView) -> Iterator[Key]:
    for account in view.accounts():
        yield from (key for key in view.keys(account.account, "") if key.held_here)


def _of_key(region: str, key: Key) -> Tested:
    members = (region,) if key.primary_region is None else (key.primary_region, *key.replica_regions)
    return Tested(region, key.account, key.key_id, members, key.scream_test)


def _operator() -> str:
    """As whom the command runs: what the record says, and the audit trail."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _state(test: ScreamTest, now: int) -> str:
    if is_running(test, now):
        return f"runs until {instant(ends_at(test))}, {share(test, now) * 100 / PARTS:g} % of calls fail now"
    if test.stopped_at is not None:
        return f"was stopped {instant(test.stopped_at)} by {test.stopped_by}"
    return f"ended {instant(ends_at(test))}"


def _lines(one: Tested, test: ScreamTest, hits: list[HitsOf] | None, now: int) -> Iterator[str]:
    yield f"{one.region} {one.account} {one.key_id}: test {test.test} {_state(test, now)}"
    yield f"  begun {instant(test.started_at)} by {test.started_by}, {test.from_percent} % to {test.to_percent} %"
    rows = [
        {
            "principal": hit.principal,
            "from": hit.source_address,
            "operation": hit.operation,
            "calls": calls,
            "first": instant(first),
            "last": instant(last),
        }
        for hit, calls, first, last in hits or ()
    ]
    nothing = "whom it has hit is not known" if hits is None else "it has hit nobody that the trail tells of"
    yield from (f"  {line}" for line in lines(rows) or [nothing])


def _document(one: Tested, test: ScreamTest, hits: list[HitsOf] | None, now: int) -> dict[str, object]:
    return {
        "region": one.region,
        "account": one.account,
        "key": one.key_id,
        **test._asdict(),
        "ends_at": ends_at(test),
        "running": is_running(test, now),
        "percent_now": share(test, now) * 100 / PARTS,
        "hits": None if hits is None else [{**one.hit._asdict(), **_times(one)} for one in hits],
    }


def _times(one: HitsOf) -> dict[str, int]:
    return {"calls": one.calls, "first": one.first, "last": one.last}
