"""`keytide explain REQUEST_ID`: why a request was allowed or refused.

Owns finding its decisions in the records of the regions, and how they are told. A request may have asked for several
permissions: all are told, in their order.
"""

import asyncio
from argparse import Namespace
from collections.abc import Iterator

import orjson

from replication.log.event_log import LogError
from replication.state.state_store import StoreFailed
from services.cli.faults import CannotStart
from services.cli.moving import Moving
from services.cli.printing import print_lines
from services.cli.region_state import nodes_in
from services.region_node.decisions.segments import recorded_in
from services.region_node.settings.settings import NodeSettings
from services.review.recorded_decisions import Reviewed, decisions_of, is_elsewhere, reviewed
from services.review.times import shown
from shared.policy.why.model import plain
from shared.policy.why.text import lines


def main(given: Namespace) -> int:
    """0: it was explained. Errors: CannotStart for a request that no record has."""
    nodes = list(nodes_in(given.directory, given.region))
    found = [one for settings in nodes for one in _explained(settings, given.request_id.strip().lower())]
    if not found:
        raise CannotStart(f"no decision about request {given.request_id} is recorded; {_reach(nodes)}")
    if given.json:
        print(orjson.dumps([_object(one) for one in found]).decode())
    else:
        print_lines(line for number, one in enumerate(found) for line in ([""] * (number > 0) + [*_lines(one)]))
    return 0


def _explained(settings: NodeSettings, request_id: str) -> Iterator[Reviewed]:
    for recorded in decisions_of(settings, request_id):
        try:
            with Moving(f"{settings.region}: its policies as they were", "records") as moving:
                yield asyncio.run(reviewed(settings, recorded, moving.told))
        except (LogError, StoreFailed) as error:
            raise CannotStart(f"{settings.region} cannot be read: {error}") from error


def _reach(nodes: list[NodeSettings]) -> str:
    """How far back the records go."""
    said = []
    for settings in nodes:
        oldest = min((one.time for one in recorded_in(settings.decisions_directory)), default=None)
        said.append(f"{settings.region} has " + ("none at all" if oldest is None else f"those since {shown(oldest)}"))
    return ", ".join(said)


def _lines(one: Reviewed) -> Iterator[str]:
    recorded = one.recorded
    yield f"{recorded.operation} in {one.region}, {shown(recorded.time)}"
    if recorded.requests > 1:
        yield f"{recorded.requests} requests of that second were alike; the facts are those of the first"
    yield f"policies: {one.policies}"
    if is_elsewhere(recorded):
        yield "the region holds no such key, or the operation is for the key's own account alone"
    yield from lines(one.explanation)
    if recorded.verdict.reason is not one.explanation.verdict.reason:
        yield ""
        yield f"Then it was otherwise: {recorded.verdict.reason.value}"
    yield ""
    yield "What the request was"
    for key, value in sorted(recorded.context.items()):
        yield f"  {key} = {value if isinstance(value, str) else ', '.join(value)}"


def _object(one: Reviewed) -> dict[str, object]:
    recorded = one.recorded
    return {
        "region": one.region,
        "operation": recorded.operation,
        "time": recorded.time,
        "requests": recorded.requests,
        "refused": recorded.refused,
        "policies_as_of": one.policies,
        "context": dict(recorded.context),
        "recorded": plain(recorded.verdict),
        **plain(one.explanation),
    }
