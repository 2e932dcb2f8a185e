"""`keytide simulate`: would this principal be allowed to do this, now or at an earlier time?

Owns reading the command line into a scenario, and the state that it is put to: that of now, or what the log makes of
the accounts up to a time.
"""

import asyncio
from argparse import Namespace
from collections.abc import Iterable, Mapping

import orjson

from replication.fold.past import Until
from replication.log.event_log import LogError
from replication.state.state_store import StoreFailed
from services.cli.faults import CannotStart
from services.cli.moving import Moving
from services.cli.printing import print_lines
from services.cli.region_state import nodes_in
from services.clock import now_milliseconds
from services.region_node.settings.settings import NodeSettings
from services.review import times
from services.review.asked_again import region_of
from services.review.region_views import view_of_now, view_of_then
from services.review.simulated import Scenario, accounts_of, simulated
from shared.errors import KeytideError
from shared.policy.question import Values
from shared.policy.why.explain import explain
from shared.policy.why.model import Explanation, plain
from shared.policy.why.text import lines


def main(given: Namespace) -> int:
    """0: it would be allowed; 1: it would not. Errors: CannotStart; NotThere."""
    settings = next(nodes_in(given.directory, given.region or region_of(given.resource)))
    moment = _moment(given.at)
    scenario = Scenario(
        given.principal,
        given.action,
        given.resource,
        _values(given.context),
        dict(given.encryption_context) or None,
        settings.region,
        now_milliseconds() if moment is None else moment,
    )
    explanation = _explained(settings, scenario, moment)
    if given.json:
        print(orjson.dumps({"region": settings.region, "time": scenario.now, **plain(explanation)}).decode())
    else:
        print(f"{settings.region}, {'now' if moment is None else 'as it was at ' + times.shown(moment)}")
        print_lines(lines(explanation))
    return int(not explanation.verdict.allowed)


def _moment(text: str | None) -> int | None:
    if text is None:
        return None
    moment = times.read(text)
    if moment is None:
        raise CannotStart(f"--at: {text!r} is no time; one looks like 2026-11-26T19:00:00Z")
    return moment


def _values(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Values]:
    """A condition key that is repeated has several values."""
    found: dict[str, Values] = {}
    for name, value in pairs:
        before = found.get(name.lower())
        several = (before,) if isinstance(before, str) else before
        found[name.lower()] = value if several is None else (*several, value)
    return found


def _explained(settings: NodeSettings, scenario: Scenario, moment: int | None) -> Explanation:
    try:
        if moment is not None:
            return _explained_then(settings, scenario, moment)
        with view_of_now(settings, scenario.now) as view:
            return explain(simulated(scenario, view))
    except (LogError, StoreFailed, KeytideError) as error:
        raise CannotStart(f"{settings.region} cannot be read: {error}") from error


def _explained_then(settings: NodeSettings, scenario: Scenario, moment: int) -> Explanation:
    accounts = dict.fromkeys(accounts_of(scenario), Until(time=moment))
    with Moving(f"{settings.region} as it was", "records") as moving:
        view = asyncio.run(view_of_then(settings, accounts, moment, moving.told))
    return explain(simulated(scenario, view))
