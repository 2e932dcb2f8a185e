"""`keytide audit list`, `follow` and `export`: what the trails of the regions in a directory say.

Owns asking them, and how an entry reads for people. Entries are asked for by the rarest attribute that was given; what
else was given is looked at in what comes.
"""

import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from heapq import merge
from itertools import islice

from services.audit.exporting import WRITERS
from services.audit.telling import told_of
from services.audit.trail.forms import ArrivedFrame, Dropped, Found, Place, Query, TrailUnavailable
from services.audit.trail.trail import Trail
from services.cli.columns import show as show_rows
from services.cli.faults import CannotStart
from services.cli.moving import Moving
from services.cli.printing import json_line, print_lines
from services.cli.region_state import nodes_in
from services.cli.usage.known_usage import tell
from services.durable_file import new_file
from services.region_node.settings.settings import NodeSettings
from shared.audit.entry import NotAnEntry, decode_entry
from shared.audit.filtering import Filter
from shared.times import instant

FOLLOW_SECONDS = 0.5
FRAMES_AT_ONCE = 200
FOUND_AT_ONCE = 200

Told = tuple[str, Found]
"""Region, and an entry in its trail."""


def show(given: Namespace) -> int:
    """Newest first, of all regions together. Errors: CannotStart."""
    wanted = _filter(given)
    with _trails(given) as trails:
        newest = merge(
            *(_newest(region, trail, wanted) for region, trail in trails),
            key=lambda told: told[1].place.time,
            reverse=True,
        )
        shown = list(islice(newest, given.limit))
    if given.json and shown:
        print_lines(_json(told) for told in shown)
    elif not given.json:
        show_rows([_row(told) for told in shown], as_json=False, nothing="The trail has no such entry.")
    return 0


def follow(given: Namespace) -> int:
    """What comes to the trails from now on, until it is interrupted. Errors: CannotStart."""
    wanted, line = _filter(given), _json if given.json else _line
    with _trails(given) as trails:
        reached = {region: trail.last_ordinal() for region, trail in trails}
        while True:
            for region, trail in trails:
                for arrived in _after(trail, reached[region]):
                    print_lines(line((region, found)) for found in _meant(arrived, wanted))
                    reached[region] = arrived.ordinal
            time.sleep(FOLLOW_SECONDS)


def export(given: Namespace) -> int:
    """Errors: CannotStart, NoParquet."""
    wanted = _filter(given)
    try:
        with _trails(given) as trails, new_file(given.file) as file:
            count = WRITERS[given.format]((told_of(*told) for told in _all(trails, wanted)), file)
    except FileExistsError as error:
        raise CannotStart(f"{given.file} is there already; name another file") from error
    except OSError as error:  # of a write it names no file
        raise CannotStart(f"{given.file} cannot be written: {error.strerror}") from error
    print(f"{count:,} events in {given.file}")
    return 0


def _all(trails: list[tuple[str, Trail]], wanted: Filter) -> Iterator[Told]:
    for region, trail in trails:
        last = trail.last_ordinal()
        with Moving(f"audit trail of {region}", "frames") as moving:
            for arrived in _after(trail, 0, last):
                moving.told(arrived.ordinal, last)
                yield from ((region, found) for found in _meant(arrived, wanted))


def _newest(region: str, trail: Trail, wanted: Filter) -> Iterator[Told]:
    attribute = next(wanted.attributes(), None)
    query = Query(wanted.account, wanted.since, wanted.until, attribute, FOUND_AT_ONCE)
    while found := trail.lookup(query):
        yield from ((region, one) for one in found if wanted.accounts_met(one.entry))
        query = query._replace(after=found[-1].place)


def _after(trail: Trail, ordinal: int, last: int | None = None) -> Iterator[ArrivedFrame]:
    """The frames behind `ordinal`, as far as they are still there."""
    while last is None or ordinal < last:
        try:
            frames = trail.frames(ordinal, FRAMES_AT_ONCE)
        except Dropped as dropped:
            ordinal = dropped.first - 1
            continue
        yield from frames
        if not frames:
            return
        ordinal = frames[-1].ordinal


def _meant(arrived: ArrivedFrame, wanted: Filter) -> Iterator[Found]:
    frame = arrived.frame
    for within, encoded in enumerate(frame.entries):
        try:
            entry = decode_entry(encoded)
        except NotAnEntry:
            continue  # of a later version; `keytide audit verify` counts it all the same
        place = Place(entry.time, arrived.ordinal, within)
        for account in wanted.accounts_met(entry):
            yield Found(place, entry, frame.chain, frame.first + within, frame.leaves[within], account)


def _filter(given: Namespace) -> Filter:
    asked = {name: getattr(given, name) for name in Filter._fields}
    return Filter(**asked)


@contextmanager
def _trails(given: Namespace) -> Iterator[list[tuple[str, Trail]]]:
    trails = [(each.region, Trail(each.trail_directory)) for each in _with_trail(given)]
    try:
        yield trails
    except TrailUnavailable as fault:
        raise CannotStart(str(fault)) from fault
    finally:
        for _, trail in trails:
            trail.close()


def _with_trail(given: Namespace) -> list[NodeSettings]:
    nodes = list(nodes_in(given.directory, given.region))
    found = [each for each in nodes if each.trail_directory.is_dir()]
    for each in nodes if found else ():
        if each not in found:
            tell(f"{each.region}: there is no audit trail in {each.trail_directory}")
    if not found:
        looked_at = ", ".join(str(each.trail_directory) for each in nodes)
        raise CannotStart(f"there is no audit trail in {looked_at}; the region's auditor makes it when it first runs")
    return found


def _json(told: Told) -> str:
    return json_line(told_of(*told))


def _row(told: Told) -> dict[str, object]:
    region, found = told
    event = told_of(region, found)
    caller = event["userIdentity"]
    return {
        "time": instant(found.entry.time),
        "region": region,
        "event": found.entry.operation,
        "caller": caller.get("arn") or caller.get("invokedBy") or caller.get("accountId"),
        "key": found.entry.resources[0].rpartition("/")[2] if found.entry.resources else None,
        "from": event["sourceIPAddress"],
        "outcome": event.get("errorCode", "ok"),
        "request": found.entry.request_id,
    }


def _line(told: Told) -> str:
    return "  ".join(str(value) if value else "-" for value in _row(told).values())
