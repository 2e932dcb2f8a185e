"""Recorded decisions and the state in which each was made.

Owns finding them, and whether the state of now still is that of then.
"""

from collections.abc import Iterator
from typing import NamedTuple

from replication.fold.past import Until
from replication.log.event_log import LogError
from services.region_node.decisions.record import Recorded
from services.region_node.decisions.segments import recorded_in
from services.region_node.settings.settings import NodeSettings
from services.review.asked_again import is_as_it_was, question_of
from services.review.region_views import Told, view_of_now, view_of_then
from shared.errors import KeytideError
from shared.policy.why.explain import explain
from shared.policy.why.model import Explanation

UNCHANGED = "nothing that matters has changed since"
REBUILT = "the policies as they were then, from the log"
CHANGED = "the policies could not be had as they were then: this is how the state of now would answer"


class Reviewed(NamedTuple):
    """`policies`: of which moment they are, in a sentence."""

    region: str
    recorded: Recorded
    policies: str
    explanation: Explanation


def decisions_of(settings: NodeSettings, request_id: str) -> Iterator[Recorded]:
    """Those of one request, in their order. Errors: OSError."""
    for recorded in recorded_in(settings.decisions_directory, request_id):
        if request_id in recorded.request_ids:
            yield recorded


def is_elsewhere(recorded: Recorded) -> bool:
    """Whether a key of another account was named that no policy could be asked about."""
    own = recorded.principal.account == recorded.resource_account
    return recorded.refused and not recorded.has_resource_policy and not own


async def reviewed(settings: NodeSettings, recorded: Recorded, told: Told) -> Reviewed:
    """The decision explained by the policies of then. Errors: StoreFailed; LogError where neither can be had."""
    now, unchanged = _by_state(settings, recorded)
    if now is not None and unchanged:
        return Reviewed(settings.region, recorded, UNCHANGED, now)
    try:
        then, found = await _by_log(settings, recorded, told)
    except LogError:
        if now is None:
            raise
        return Reviewed(settings.region, recorded, CHANGED, now)
    return Reviewed(settings.region, recorded, *((REBUILT, then) if found or now is None else (CHANGED, now)))


def _by_state(settings: NodeSettings, recorded: Recorded) -> tuple[Explanation | None, bool]:
    """None where the state cannot be asked; and whether it is as it was."""
    try:
        with view_of_now(settings, recorded.time) as view:
            question = question_of(recorded, view)
            return explain(question), is_as_it_was(recorded, question)
    except KeytideError:
        return None, False


async def _by_log(settings: NodeSettings, recorded: Recorded, told: Told) -> tuple[Explanation, bool]:
    accounts = {account: Until(sequence=sequence) for account, sequence in recorded.sequences.items()}
    question = question_of(recorded, await view_of_then(settings, accounts, recorded.time, told))
    return explain(question), is_as_it_was(recorded, question)
