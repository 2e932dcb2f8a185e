"""Whether a grant gives an operation to who asks, under its constraints.

Owns the constraints. Those on the encryption context are compared letter by letter, keys too, and do not speak of
DescribeKey and RetireGrant; the one on the source does not speak of RetireGrant. For CreateGrant the request's
encryption context is that of the new grant's constraint.
Source: AWS KMS Developer Guide, "Grants in AWS KMS"; AWS KMS API Reference, GrantConstraints.
"""

from collections.abc import Mapping

from shared.grants.model import Grant
from shared.policy.naming import Name, Naming
from shared.policy.question import Question

_NO_CONTEXT: Mapping[str, str] = {}
_WITHOUT_CONTEXT = frozenset({"DescribeKey", "RetireGrant"})
_WITHOUT_SOURCE = frozenset({"RetireGrant"})


def grantee_naming(grant: Grant, names: Mapping[Name, Naming]) -> Naming:
    """How the grant calls the principal with these names."""
    if grant.grantee_principal is not None:
        return names.get(("AWS", grant.grantee_principal), Naming.NOT)
    return names.get(("Service", grant.grantee_service_principal or ""), Naming.NOT)


def gives(grant: Grant, question: Question) -> bool:
    """Whether it is a grant of the operation, and its constraints hold."""
    return question.grant_operation in grant.operations and fits(grant, question)


def fits(grant: Grant, question: Question) -> bool:
    """Whether its constraints hold."""
    operation = question.grant_operation
    if operation not in _WITHOUT_CONTEXT and not context_fits(grant, question.encryption_context or _NO_CONTEXT):
        return False
    return grant.source_arn is None or operation in _WITHOUT_SOURCE or source_fits(grant, question)


def context_fits(grant: Grant, context: Mapping[str, str]) -> bool:
    """Whether the encryption context is one that the grant is for."""
    equals, subset = grant.encryption_context_equals, grant.encryption_context_subset
    if equals is not None and len(equals) != len(context):
        return False
    for key, value in equals or subset or ():  # noqa: SIM110 (a generator takes longer than the comparison)
        if context.get(key) != value:
            return False
    return True


def source_fits(grant: Grant, question: Question) -> bool:
    """Whether the request comes from the source that the grant is for, if it is for one."""
    return grant.source_arn is None or question.context.get("aws:sourcearn") == grant.source_arn
