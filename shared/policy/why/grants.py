"""What each grant said to one request."""

from collections.abc import Iterator
from itertools import islice

from shared.grants.model import Grant
from shared.policy.grant_match import constraints_of, context_fits, gives, grantee_naming, source_fits
from shared.policy.naming import Naming
from shared.policy.program import program_of
from shared.policy.question import Question
from shared.policy.verdict import Verdict
from shared.policy.why.model import ExplainedGrant, Hindrance, Part

GRANTS_MOST = 50
"""An explanation of more of them is read by nobody. What decided is always among them."""


def explained_grants(question: Question, verdict: Verdict) -> tuple[ExplainedGrant, ...]:
    """Of the grants on the key whose grantee the principal, its role or its account is; `verdict` is the question's."""
    if question.grant_operation is None:
        return ()
    explained = (_explained(grant, question, verdict) for grant in question.grants())
    shown = tuple(islice(explained, GRANTS_MOST))
    if verdict.grant_id and not any(grant.decided for grant in shown):
        shown += tuple(one for one in explained if one.decided)
    return shown


def _explained(grant: Grant, question: Question, verdict: Verdict) -> ExplainedGrant:
    hindrances = () if gives(grant, question) else tuple(_hindrances(grant, question))
    if grantee_naming(grant, program_of(question.right).names) is Naming.NOT:
        hindrances = (Hindrance(Part.PRINCIPAL, grant.grantee, question.principal.arn), *hindrances)
    return ExplainedGrant(
        grant.grant_id,
        grant.name,
        grant.grantee,
        hindrances,
        bool(grant.grant_id) and grant.grant_id == verdict.grant_id,
    )


def _hindrances(grant: Grant, question: Question) -> Iterator[Hindrance]:
    operation, context = question.grant_operation or "", question.encryption_context or {}
    constraints = constraints_of(grant, operation)
    if operation not in grant.operations:
        yield Hindrance(Part.ACTION, " or ".join(grant.operations), operation)
    if not context_fits(constraints, context):
        exactly = grant.encryption_context_equals is not None
        pairs = grant.encryption_context_equals or grant.encryption_context_subset or ()
        wanted = f"{'exactly' if exactly else 'at least'} {_pairs(pairs)}"
        yield Hindrance(Part.ENCRYPTION_CONTEXT, wanted, _pairs(tuple(context.items())))
    if not source_fits(constraints, question):
        source = question.context.get("aws:sourcearn", "")
        yield Hindrance(Part.SOURCE, grant.source_arn or "", source if isinstance(source, str) else ", ".join(source))


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{key}={value}" for key, value in pairs) or "nothing"
