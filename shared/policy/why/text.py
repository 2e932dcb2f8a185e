"""An explanation for people to read.

Owns the layout: what was decided, the steps, what every policy said and why not, the plans.
"""

from collections.abc import Iterable, Iterator

from shared.policy.naming import Naming
from shared.policy.why.model import (
    Change,
    ExplainedGrant,
    ExplainedPolicy,
    ExplainedStatement,
    Explanation,
    Hindrance,
    Plan,
    Step,
)

_NAMED = {
    Naming.AS_ACCOUNT: ", through identity policies of the principal's account",
    Naming.AS_ROLE: ", as the principal's role",
    Naming.ITSELF: "",
    Naming.AS_ANYBODY: ", by *, which lets nobody in who is no principal",
    Naming.NOT: "",
}


def lines(explanation: Explanation) -> Iterator[str]:
    """Without line ends."""
    answer = "ALLOWED" if explanation.verdict.allowed else "DENIED"
    yield f"{answer}: {explanation.principal}"
    yield f"  {explanation.action} on {explanation.resource}"
    yield f"  {explanation.verdict.reason.value}"
    yield from _section("The evaluation, in its order", map(_step, explanation.steps))
    yield from _section("What the policies say", (line for policy in explanation.policies for line in _policy(policy)))
    yield from _section("What the grants say", (line for grant in explanation.grants for line in _grant(grant)))
    yield from _section("Condition keys that policies ask for and the request has not", explanation.missing)
    if not explanation.verdict.allowed:
        yield from _plans(explanation.plans)


def _section(title: str, body: Iterable[str]) -> Iterator[str]:
    found = list(body)
    if found:
        yield ""
        yield title
        yield from (f"  {line}" for line in found)


def _step(step: Step) -> str:
    return f"{'yes' if step.holds else 'NO ':3}  {step.rule}" + (f": {step.because}" if step.because else "")


def _policy(policy: ExplainedPolicy) -> Iterator[str]:
    yield f"{policy.kind.value} {policy.name}"
    if policy.unreadable:
        yield f"  cannot be read, and denies: {policy.unreadable}"
    for statement in policy.statements:
        yield from _statement(statement)


def _statement(statement: ExplainedStatement) -> Iterator[str]:
    sid = f" ({statement.sid})" if statement.sid else ""
    would, does = ("allow", "allows") if statement.allows else ("deny", "DENIES")
    said = f"would {would}, and does not apply" if statement.hindrances else f"{does} it{_NAMED[statement.named]}"
    yield f"  {statement.place + 1}{sid}: {said}{' <- decided' if statement.decided else ''}"
    yield from (f"      {_hindrance(one)}" for one in statement.hindrances)


def _hindrance(hindrance: Hindrance) -> str:
    return f"{hindrance.part.value}: wants {hindrance.wanted}; the request has {hindrance.found or 'no value'}"


def _grant(grant: ExplainedGrant) -> Iterator[str]:
    name = f" ({grant.name})" if grant.name else ""
    said = "gives it <- decided" if grant.decided else "does not give it"
    yield f"{grant.grant_id}{name} to {grant.grantee}: {said}"
    yield from (f"    {_hindrance(one)}" for one in grant.hindrances)
    if not grant.decided and not grant.hindrances:
        yield "    it would, within what policies allow the principal"


def _plans(plans: tuple[Plan, ...]) -> Iterator[str]:
    yield ""
    if not plans:
        yield "No change of a policy or grant is known that would allow it."
        return
    yield "The smallest change that would allow it" + (", any one of these" if len(plans) > 1 else "")
    for number, plan in enumerate(plans, 1):
        for place, change in enumerate(plan.changes):
            yield from _change(f"{number}." if place == 0 else "   and", change)


def _change(mark: str, change: Change) -> Iterator[str]:
    yield f"  {mark} {change.says}"
    yield from (f"       {line}" for line in change.document.splitlines())
    if change.command:
        yield f"     $ {change.command}"
