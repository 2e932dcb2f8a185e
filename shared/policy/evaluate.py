"""The decision: may this principal do this, and why.

Owns the order of the rules:

1. A Deny in any policy that applies, or an applicable policy that cannot be read, denies; so does a request with more
   values than its policies can be compared with in time.
2. What is for the resource's own account only is nobody else's.
3. Every level of service control policies has to allow; they bind the principal's account, its root user too.
4. Without a resource-based policy the principal's own policies decide, within boundary and session policies.
5. In the resource's account its policy is enough where it names the principal itself, or everybody. Where it names the
   principal's role, boundary and session policies have to allow as well; where it names the account, the principal's
   own policies too. (Key and trust policies: IAM alone never suffices.)
6. From another account the resource's policy has to let the principal, its role, its account or everybody in, and the
   principal's own policies, boundary and session policies have to allow.
7. What policies neither deny nor allow, a grant may give: to a principal that it names by itself, also of another
   account; to the sessions of a role within boundary and session policies; to an account as far as the principal's own
   policies allow.

The root user needs no identity policies, and is let in as its account. Source: IAM User Guide, "Policy evaluation
logic"; AWS KMS Developer Guide, "Troubleshooting key access", "Grants in AWS KMS".
"""

from collections.abc import Callable, Mapping

from shared.policy.answers import Listening, Noting, TooMuchToCompare
from shared.policy.grant_match import hold
from shared.policy.naming import Naming
from shared.policy.offers import Offer
from shared.policy.program import Program, Standing
from shared.policy.question import Context, PrincipalKind, Question
from shared.policy.ready import VERDICTS, Pairs, Ready
from shared.policy.verdict import ALLOWING, Deciding, Reason, Verdict


def evaluate(question: Question) -> Verdict:
    """Errors: none; what is not understood denies."""
    return _verdict(Ready(question.right), question)


def evaluate_ready(ready: Ready, question: Question) -> Verdict:
    """As `evaluate`; `ready` was made of the same right, and is kept with the state that the question is asked of."""
    context = question.encryption_context
    pairs = (*context.items(),) if context else ()
    verdict = ready.verdicts.get(pairs)
    if verdict is not None:
        VERDICTS.hits += 1
        return verdict
    VERDICTS.misses += 1
    return _kept(ready, question, pairs) if ready.has_room(pairs) else _verdict(ready, question)


def _kept(ready: Ready, question: Question, pairs: Pairs) -> Verdict:
    facts = Noting(question.context)
    verdict = _verdict(ready, question._replace(context=facts))
    ready.keep(pairs, verdict, facts.heard)
    return verdict


def _verdict(ready: Ready, question: Question) -> Verdict:
    try:
        verdict = _by_policies(ready, question)
        if verdict.reason in _FINAL or question.grant_operation is None:
            return verdict
        return _granted(ready, question, verdict)
    except TooMuchToCompare:
        return Verdict(Reason.EXPLICIT_DENY)


def _by_policies(ready: Ready, question: Question) -> Verdict:
    """What policies say, from memory where they have said it before."""
    program = ready.program
    if not question.cross_account and _is_of_another_account(question):
        facts = Listening(question.context, program.comparisons)
        return _denied(program, facts) or Verdict(Reason.NEVER_CROSS_ACCOUNT)
    verdict = ready.find(question.context)
    if verdict is None:
        facts = Listening(question.context, program.comparisons)
        verdict = _evaluated(program, facts)
        program.answers.keep(facts, verdict)
    return verdict


def _evaluated(program: Program, context: Context) -> Verdict:
    denied = _denied(program, context)
    if denied is not None:
        return denied
    for level in program.service_control:
        if not level.first(context):
            return Verdict(Reason.NO_SERVICE_CONTROL_POLICY)
    return _RULES[program.standing](program, context)


def _denied(program: Program, context: Context) -> Verdict | None:
    denials = program.denials.every(context)
    return Verdict(Reason.EXPLICIT_DENY, denials) if denials else None


def _is_of_another_account(question: Question) -> bool:
    principal = question.principal
    has_account = principal.kind not in (PrincipalKind.SERVICE, PrincipalKind.FEDERATED)
    return has_account and principal.account != question.resource_account


def _by_own_policies(program: Program, context: Context) -> Verdict:
    return _delegated(program, context, (), Reason.IDENTITY_POLICY)


def _in_own_account(program: Program, context: Context) -> Verdict:
    if itself := program.itself.first(context):
        return Verdict(Reason.RESOURCE_POLICY, itself)
    if role := program.role.first(context):
        return _limited(program, context, Verdict(Reason.RESOURCE_POLICY, role))
    if account := program.account.first(context):
        return _delegated(program, context, account, Reason.DELEGATED)
    return Verdict(Reason.NO_RESOURCE_POLICY)


def _from_another_account(program: Program, context: Context) -> Verdict:
    let_in = program.itself.first(context) or program.role.first(context) or program.account.first(context)
    if not let_in:
        return Verdict(Reason.NO_RESOURCE_POLICY)
    return _delegated(program, context, let_in, Reason.DELEGATED)


def _without_account(program: Program, context: Context) -> Verdict:
    itself = program.itself.first(context)
    return Verdict(Reason.RESOURCE_POLICY, itself) if itself else Verdict(Reason.NO_RESOURCE_POLICY)


_RULES: Mapping[Standing, Callable[[Program, Context], Verdict]] = {
    Standing.NO_RESOURCE_POLICY: _by_own_policies,
    Standing.SAME_ACCOUNT: _in_own_account,
    Standing.OTHER_ACCOUNT: _from_another_account,
    Standing.NO_ACCOUNT: _without_account,
}


def _delegated(program: Program, context: Context, let_in: tuple[Deciding, ...], reason: Reason) -> Verdict:
    """Allowed as far as the principal's own policies allow."""
    if program.identity is None:
        return _limited(program, context, Verdict(reason, let_in))
    own = program.identity.first(context)
    return _limited(program, context, Verdict(reason, let_in + own)) if own else Verdict(Reason.NO_IDENTITY_POLICY)


def _limited(program: Program, context: Context, verdict: Verdict) -> Verdict:
    """Allowed as far as boundary and session policies allow too."""
    if program.boundary is not None and not program.boundary.first(context):
        return Verdict(Reason.NO_BOUNDARY)
    if program.session is not None and not program.session.first(context):
        return Verdict(Reason.NO_SESSION_POLICY)
    return verdict


def _granted(ready: Ready, question: Question, refusal: Verdict) -> Verdict:
    """What a grant gives; where none does, the refusal that came furthest: of the policies or of a grant."""
    own: dict[Naming, Verdict] = {}
    for offer in ready.offers(question):
        if not hold(offer.constraints, question):
            continue
        verdict = _by_grant(ready.program, question.context, offer, own)
        if verdict.reason in ALLOWING:
            return verdict
        refusal = max(refusal, verdict, key=_how_far)
    return refusal


def _how_far(refusal: Verdict) -> int:
    return _ORDER[refusal.reason]


_FINAL = ALLOWING | {Reason.EXPLICIT_DENY, Reason.NEVER_CROSS_ACCOUNT, Reason.NO_SERVICE_CONTROL_POLICY}
"""What no grant changes."""
_ORDER: Mapping[Reason, int] = {reason: place for place, reason in enumerate(Reason)}


def _by_grant(program: Program, context: Context, offer: Offer, own: dict[Naming, Verdict]) -> Verdict:
    """A grant is worth what a statement with the same principal would be, and needs no other account's policies.

    `own`: what the principal's own policies say to one that names it so. It is found once: a key has many grants.
    """
    _, naming, granted = offer
    if naming is Naming.ITSELF:
        return granted
    verdict = own.get(naming)
    if verdict is None:
        facts, by_grant = Listening(context, program.comparisons), Verdict(Reason.GRANT)
        as_role = naming is Naming.AS_ROLE
        verdict = _limited(program, facts, by_grant) if as_role else _delegated(program, facts, (), Reason.GRANT)
        own[naming] = verdict
    return granted._replace(statements=verdict.statements) if verdict.reason in ALLOWING else verdict
