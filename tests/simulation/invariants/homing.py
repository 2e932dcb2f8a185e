"""Whoever takes an account over, and whenever it is heard of: regions come to agree, and nothing is lost silently."""

from replication.fold.judge import Verdict
from replication.log.event_log import Entry
from replication.verify.chain import Numbering
from replication.verify.fold import PlainFold
from replication.verify.state import PartitionState, compare
from shared.events import stream_of
from tests.simulation.homes import account_of, asked_for, listed, rows_of
from tests.simulation.region import SimulatedRegion
from tests.simulation.rest import Rest

GONE = (None, False)


def regions_list_the_same(rest: Rest) -> None:
    """Of what is overtaken, before anybody settles it."""
    first, *others = (listed(rest, name) for name in rest.regions)
    for other in others:
        assert other == first


def what_was_refused_is_listed(rest: Rest) -> None:
    """Whatever any region has refused stands in the list, or was settled."""
    listed_anywhere = listed(rest, next(iter(rest.regions)))
    for name, history in rest.histories.items():
        for verdict, envelope in history.numbered:
            if verdict is Verdict.OVERREACH:
                region, number, _ = envelope.origin or ("", 0, b"")
                said = rest.histories[region].shared[number]
                assert (region, number) in listed_anywhere or not asked_for(said), (name, region, number)


def regions_hold_the_same_of_the_account(rest: Rest) -> None:
    """Once all is settled nothing is open any more, but for what is frozen at its home, and is listed for that."""
    held = {name: {stream: row[1:] for stream, row in rows_of(one).items()} for name, one in rest.regions.items()}
    home = held[account_of(next(iter(rest.regions.values()))).home_region]
    frozen = {stream for stream, (_, is_frozen) in home.items() if is_frozen}
    apart = frozen | _open_with(frozen, rest)
    for name, one in held.items():
        streams = {*one, *home} - apart
        assert {stream: one.get(stream, GONE) for stream in streams} == {s: home.get(s, GONE) for s in streams}, name
        assert frozen or not listed(rest, name)


def _open_with(frozen: set[str], rest: Rest) -> set[str]:
    """The streams of what is still listed because it names one of those: a rename is settled whole or not at all."""
    listed_anywhere = listed(rest, next(iter(rest.regions))).values()
    named = [{*map(stream_of, events)} for events in listed_anywhere]
    return {stream for streams in named if streams & frozen for stream in streams}


def the_second_rules_agree(rest: Rest) -> None:
    """As `keytide verify` folds."""
    for region in rest.regions.values():
        assert _findings(region) == []


def _findings(region: SimulatedRegion) -> list[str]:
    findings: list[str] = []
    numbering = Numbering(region.name, 0, region.identity.record_key, lambda *_: None)
    plain = PlainFold(region.name, 0, 1, lambda *_: None)
    for position, record in enumerate(region.local.entries[0]):
        for numbered in numbering.take(Entry(position, record)):
            plain.take(numbered, numbering.head)
    with region.store.read() as snapshot:
        compare(PartitionState(snapshot, 0), numbering, plain, lambda kind, detail: findings.append(f"{kind} {detail}"))
    return findings
