"""Which grants speak for a question.

Source: AWS KMS Developer Guide, "Grants in AWS KMS", "Creating grants: Using grant constraints".
"""

from shared.grants.model import Grant
from shared.policy.question import Question
from tests.shared.policy.oracle.naming import Standing, standing


def standing_by_grants(question: Question) -> Standing:
    strongest = Standing.NONE
    if question.grant_operation is None:
        return strongest
    for grant in question.grants():
        if question.grant_operation in grant.operations and _constraints_met(grant, question):
            named = [("AWS", grant.grantee_principal or ""), ("Service", grant.grantee_service_principal or "")]
            strongest = max(strongest, standing(question.principal, named))
    return strongest


def _constraints_met(grant: Grant, question: Question) -> bool:
    operation = question.grant_operation
    pairs = dict(question.encryption_context or {})
    if operation not in ("DescribeKey", "RetireGrant"):
        equal, subset = grant.encryption_context_equals, grant.encryption_context_subset
        if equal is not None and dict(equal) != pairs:
            return False
        if subset is not None and not dict(subset).items() <= pairs.items():
            return False
    if operation == "RetireGrant" or grant.source_arn is None:
        return True
    return question.context.get("aws:sourcearn") == grant.source_arn
