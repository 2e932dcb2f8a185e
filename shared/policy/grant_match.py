"""Whether a grant gives an operation to who asks, under its constraints.

Owns the constraints. Those on the encryption context are compared letter by letter, keys too, and do not speak of
DescribeKey and RetireGrant; the one on the source does not speak of RetireGrant. For CreateGrant the request's
encryption context is that of the new grant's constraint.
Source: AWS KMS Developer Guide, "Grants in AWS KMS"; AWS KMS API Reference, GrantConstraints.
"""

from collections.abc import Mapping
from typing import NamedTuple

from shared.grants.events import Context
from shared.grants.model import Grant
from shared.policy.naming import Name, Naming
from shared.policy.question import Question

_NO_CONTEXT: Mapping[str, str] = {}
_WITHOUT_CONTEXT = frozenset({"DescribeKey", "RetireGrant"})
_WITHOUT_SOURCE = frozenset({"RetireGrant"})


class Constraints(NamedTuple):
    """What a grant asks of requests for one operation: that their encryption context has these pairs, and no others if
    `exactly`; that they come from this source, unless it is None."""

    pairs: Context = ()
    exactly: bool = False
    source_arn: str | None = None


def constraints_of(grant: Grant, operation: str | None) -> Constraints:
    source_arn = None if operation in _WITHOUT_SOURCE else grant.source_arn
    if operation in _WITHOUT_CONTEXT:
        return Constraints((), False, source_arn)
    equals, subset = grant.encryption_context_equals, grant.encryption_context_subset
    return Constraints(equals or subset or (), equals is not None, source_arn)


def grantee_naming(grant: Grant, names: Mapping[Name, Naming]) -> Naming:
    """How the grant calls the principal with these names."""
    if grant.grantee_principal is not None:
        return names.get(("AWS", grant.grantee_principal), Naming.NOT)
    return names.get(("Service", grant.grantee_service_principal or ""), Naming.NOT)


def gives(grant: Grant, question: Question) -> bool:
    """Whether it is a grant of the operation, and its constraints hold."""
    operation = question.grant_operation
    return operation in grant.operations and hold(constraints_of(grant, operation), question)


def hold(constraints: Constraints, question: Question) -> bool:
    """Whether the request is one that the grant is for."""
    if not context_fits(constraints, question.encryption_context or _NO_CONTEXT):
        return False
    return constraints.source_arn is None or source_fits(constraints, question)


def context_fits(constraints: Constraints, context: Mapping[str, str]) -> bool:
    for key, value in constraints.pairs:
        if context.get(key) != value:
            return False
    return not constraints.exactly or len(constraints.pairs) == len(context)


def source_fits(constraints: Constraints, question: Question) -> bool:
    return constraints.source_arn in (None, question.context.get("aws:sourcearn"))
