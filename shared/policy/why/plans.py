"""The smallest changes that would allow a refused request.

Owns the search: what refuses is changed, the question is asked again, and so on, fewest changes first. A plan is only
given once `evaluate` has allowed the request with all of it.
"""

from collections import deque

from shared.policy.evaluate import evaluate
from shared.policy.question import Question
from shared.policy.why.changes import changes_for
from shared.policy.why.model import Change, Plan

CHANGES_MOST = 6
TRIED_MOST = 200
PLANS_MOST = 4


def plans_for(question: Question) -> tuple[Plan, ...]:
    """The plans with the fewest changes, at most `PLANS_MOST`; () where no change that is known of would help."""
    return tuple(Plan(changes) for _question, changes in allowed_by(question))


def allowed_by(question: Question) -> list[tuple[Question, tuple[Change, ...]]]:
    """The same, with the question as each plan makes it."""
    waiting: deque[tuple[Question, tuple[Change, ...]]] = deque([(question, ())])
    found: list[tuple[Question, tuple[Change, ...]]] = []
    for _ in range(TRIED_MOST):
        if not waiting or len(found) == PLANS_MOST:
            break
        asked, changes = waiting.popleft()
        if found and len(changes) > len(found[0][1]):
            break
        verdict = evaluate(asked)
        if verdict.allowed:
            found.append((asked, changes))
        elif len(changes) < CHANGES_MOST:
            waiting.extend((changed.question, (*changes, changed.change)) for changed in changes_for(asked, verdict))
    return found
