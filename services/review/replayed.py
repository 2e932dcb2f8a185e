"""Recorded calls on a key, asked again under another key policy.

Owns what a flip is: the answers under the policy of now and under the draft differ, all else being as it is now. So a
flip is the draft's doing alone.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from services.region_node.decisions.record import Recorded
from services.review.asked_again import question_of
from shared.decision import StateView
from shared.policy.evaluate import evaluate
from shared.policy.question import GONE, PolicyText, Question
from shared.policy.verdict import Verdict
from shared.policy.why.steps import named


class Flip(Enum):
    TO_DENIED = "allowed -> denied"
    TO_ALLOWED = "denied -> allowed"
    NONE = "as before"

    __hash__ = object.__hash__


class Replayed(NamedTuple):
    """`was`: the answer under the policy of now; `would`: under the draft. `gone`: the principal is there no more."""

    recorded: Recorded
    was: Verdict
    would: Verdict
    gone: bool

    @property
    def flip(self) -> Flip:
        if self.was.allowed == self.would.allowed:
            return Flip.NONE
        return Flip.TO_ALLOWED if self.would.allowed else Flip.TO_DENIED


class Kind(NamedTuple):
    """Calls that flip alike."""

    flip: Flip
    principal: str
    action: str
    because: str


class Tally(NamedTuple):
    """How many calls of a kind there are, and ids of some."""

    kind: Kind
    calls: int
    request_ids: tuple[str, ...]


class Summary(NamedTuple):
    """`calls` on the key that were asked again. `changed`: whose answer is another already under the policy of now.
    `gone`: of principals that are not there any more, and so are denied either way."""

    calls: int
    changed: int
    gone: int
    flips: tuple[Tally, ...]


EXAMPLES = 5


def replayed(decisions: Iterable[Recorded], view: StateView, key: str, draft: PolicyText) -> Iterator[Replayed]:
    """`key`: its ARN. Only what a key's policy is asked about."""
    for recorded in decisions:
        if recorded.resource == key and recorded.has_resource_policy:
            question = question_of(recorded, view)
            would = evaluate(question._replace(resource_policy=draft))
            yield Replayed(recorded, evaluate(question), would, _is_gone(question))


def _is_gone(question: Question) -> bool:
    return any(policy.name == GONE for policy in question.identity.policies)


def summary_of(calls: Iterable[Replayed]) -> Summary:
    count = changed = gone = 0
    flips: dict[Kind, tuple[int, tuple[str, ...]]] = {}
    for call in calls:
        number = call.recorded.requests
        count += number
        gone += number * call.gone
        changed += number * (call.was.allowed != call.recorded.verdict.allowed and not call.gone)
        if call.flip is not Flip.NONE:
            kind = Kind(call.flip, call.recorded.principal.arn, call.recorded.action, _because(call.would))
            before, ids = flips.get(kind, (0, ()))
            flips[kind] = before + number, (*ids, *call.recorded.request_ids[:EXAMPLES])[:EXAMPLES]
    tallies = tuple(Tally(kind, *found) for kind, found in flips.items())
    return Summary(count, changed, gone, tuple(sorted(tallies, key=lambda one: (one.kind.flip.value, -one.calls))))


def _because(verdict: Verdict) -> str:
    reason = str(verdict.reason.value)
    return f"{reason}: {named(verdict.statements)}" if verdict.statements else reason
