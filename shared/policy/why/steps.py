"""The evaluation told step by step, in the order of `evaluate.py`.

Owns the sentences of its rules. A test holds the last step against the verdict of `evaluate`.
"""

from collections.abc import Iterator

from shared.policy.candidates import Candidates
from shared.policy.program import Program, Standing, program_of
from shared.policy.question import Context, Question
from shared.policy.verdict import UNREADABLE, Deciding, Reason, Verdict
from shared.policy.why.model import Step

NOBODY = "no statement does"


def steps_of(question: Question, verdict: Verdict) -> tuple[Step, ...]:
    """Up to the one that decided; `verdict` is the question's."""
    return tuple(_steps(question, verdict))


def _steps(question: Question, verdict: Verdict) -> Iterator[Step]:
    program, context = program_of(question.right), question.context
    denials = program.denials.every(context)
    yield Step("no statement denies it", not denials, named(denials))
    if denials:
        return
    if verdict.reason is Reason.NEVER_CROSS_ACCOUNT:
        yield Step("the operation is open to other accounts", False, Reason.NEVER_CROSS_ACCOUNT.value)
        return
    for number, level in enumerate(program.service_control, 1):
        yield _asked(f"level {number} of the service control policies allows it", level, context)
        if not level.first(context):
            return
    yield from _policies(program, context)
    if question.grant_operation is not None and verdict.reason is Reason.GRANT:
        yield Step(f"a grant gives {question.grant_operation}", True, f"grant {verdict.grant_id}")
    elif question.grant_operation is not None and not verdict.allowed:
        yield Step(f"a grant gives {question.grant_operation}", False, "no grant does")


def _policies(program: Program, context: Context) -> Iterator[Step]:
    """What policies allow, up to the first rule that does not hold."""
    own_are_asked = limits_are_asked = True
    if program.standing is not Standing.NO_RESOURCE_POLICY:
        step, own_are_asked, limits_are_asked = _let_in(program, context)
        yield step
        if not step.holds:
            return
    yield from _until_refused(_own(program, context, own_are_asked, limits_are_asked))


def _let_in(program: Program, context: Context) -> tuple[Step, bool, bool]:
    """With it, whether the principal's own policies have to allow too, and whether boundary and session have to."""
    rule, elsewhere = "the resource's policy lets the principal in", program.standing is Standing.OTHER_ACCOUNT
    for candidates, how, asks_own, asks_limits in (
        (program.itself, "itself", elsewhere, elsewhere),
        (program.role, "as its role", elsewhere, True),
        (program.account, "as its account, which decides by identity policies", True, True),
    ):
        if found := candidates.first(context):
            return Step(rule, True, f"{how}: {named(found)}"), asks_own, asks_limits
    return Step(rule, False, NOBODY), False, False


def _own(program: Program, context: Context, own: bool, limits: bool) -> Iterator[Step]:
    if own and program.identity is None:
        yield Step("identity policies allow it", True, "the root user needs none")
    elif own and program.identity is not None:
        yield _asked("identity policies allow it", program.identity, context)
    if limits and program.boundary is not None:
        yield _asked("the permissions boundary allows it", program.boundary, context)
    if limits and program.session is not None:
        yield _asked("the session policies allow it", program.session, context)


def _until_refused(steps: Iterator[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        if not step.holds:
            return


def _asked(rule: str, candidates: Candidates, context: Context) -> Step:
    found = candidates.first(context)
    return Step(rule, bool(found), named(found) or NOBODY)


def named(statements: tuple[Deciding, ...]) -> str:
    """Statements as people find them: the policy, the place from 1, the Sid."""
    return "; ".join(map(_named, statements))


def _named(deciding: Deciding) -> str:
    if deciding.place == UNREADABLE:
        return f"{deciding.policy}, which cannot be read"
    sid = f" ({deciding.sid})" if deciding.sid else ""
    return f"{deciding.policy}, statement {deciding.place + 1}{sid}"
