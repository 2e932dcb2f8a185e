"""The decision: `judge` a question.

Source: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Permissions boundaries";
AWS KMS Developer Guide, "Determining access to AWS KMS keys: policy evaluation".
"""

from collections.abc import Iterable

from shared.policy.question import PolicyKind, PolicyText, PrincipalKind, Question
from shared.policy.verdict import Reason
from tests.shared.policy.oracle.conditions import holds
from tests.shared.policy.oracle.grants import standing_by_grants
from tests.shared.policy.oracle.naming import OF_NO_ACCOUNT, Standing, spared, standing
from tests.shared.policy.oracle.patterns import expand, matches, resource_matches, with_wildcards
from tests.shared.policy.oracle.reading import Statement, Unreadable, read


def judge(question: Question) -> Reason:
    if any(_denies(policy, question) for policy in _all_policies(question)):
        return Reason.EXPLICIT_DENY
    if _foreign(question) and not question.cross_account:
        return Reason.NEVER_CROSS_ACCOUNT
    for level in _service_control(question):
        if not _any_allows(level, question):
            return Reason.NO_SERVICE_CONTROL_POLICY
    if question.resource_policy is None:
        return _by_identity_alone(question)
    return _with_resource_policy(question)


def _all_policies(question: Question) -> list[PolicyText]:
    identity = question.identity
    policies = [*identity.policies, *(identity.session or ())]
    policies += [policy for level in _service_control(question) for policy in level]
    policies += [policy for policy in (identity.boundary, question.resource_policy) if policy]
    return policies


def _service_control(question: Question) -> tuple[tuple[PolicyText, ...], ...]:
    """They bind the principals of an account, and a service is of none."""
    return () if question.principal.kind is PrincipalKind.SERVICE else question.identity.service_control


def _foreign(question: Question) -> bool:
    caller = question.principal
    return caller.kind not in OF_NO_ACCOUNT and caller.account != question.resource_account


def _by_identity_alone(question: Question) -> Reason:
    if _foreign(question) or question.principal.kind in OF_NO_ACCOUNT:
        return Reason.NO_RESOURCE_POLICY
    return _missing(Standing.ACCOUNT, question) or Reason.IDENTITY_POLICY


def _with_resource_policy(question: Question) -> Reason:
    by_policy = _standing_by_policy(question)
    if not _missing(by_policy, question):
        direct = by_policy > Standing.ACCOUNT and not _foreign(question)
        return Reason.RESOURCE_POLICY if direct else Reason.DELEGATED
    by_grants = standing_by_grants(question)
    if not _missing(by_grants, question):
        return Reason.GRANT
    refusal = _missing(max(by_policy, by_grants), question)
    assert refusal is not None
    return refusal


def _standing_by_policy(question: Question) -> Standing:
    assert question.resource_policy is not None
    allowing = [one for one in read(question.resource_policy) if not one.deny and _speaks(one, question)]
    strongest = max((standing(question.principal, one.principals) for one in allowing), default=Standing.NONE)
    return min(strongest, Standing.ACCOUNT) if _foreign(question) else strongest


def _missing(standing: Standing, question: Question) -> Reason | None:
    """What else would have to agree at this standing, and does not."""
    identity = question.identity
    if standing < Standing.ACCOUNT:
        return Reason.NO_RESOURCE_POLICY
    if standing is Standing.ALONE or question.principal.kind is PrincipalKind.ROOT:
        return None
    if standing is Standing.ACCOUNT and not _any_allows(identity.policies, question):
        return Reason.NO_IDENTITY_POLICY
    if identity.boundary and not _any_allows([identity.boundary], question):
        return Reason.NO_BOUNDARY
    if identity.session is not None and not _any_allows(identity.session, question):
        return Reason.NO_SESSION_POLICY
    return None


def _any_allows(policies: Iterable[PolicyText], question: Question) -> bool:
    return any(not one.deny and _speaks(one, question) for policy in policies for one in read(policy))


def _denies(policy: PolicyText, question: Question) -> bool:
    try:
        statements = read(policy)
    except Unreadable:
        return True
    return any(one.deny and _names(one, policy.kind, question) and _speaks(one, question) for one in statements)


def _names(statement: Statement, kind: PolicyKind, question: Question) -> bool:
    if kind not in (PolicyKind.RESOURCE, PolicyKind.TRUST):
        return True
    if statement.not_principals is not None:
        return not spared(question.principal, statement.not_principals, question.identity.boundary is not None)
    return standing(question.principal, statement.principals) is not Standing.NONE


def _speaks(statement: Statement, question: Question) -> bool:
    """Whether it is about the action and the resource, and its conditions hold."""
    return (
        _about_action(statement, question.action)
        and _about_resource(statement, question)
        and holds(statement.condition, question.context, statement.variables)
    )


def _about_action(statement: Statement, action: str) -> bool:
    def listed(patterns: list[str]) -> bool:
        return any(matches(with_wildcards(pattern.lower()), action.lower()) for pattern in patterns)

    if statement.not_actions is not None:
        return not listed(statement.not_actions)
    return statement.actions is not None and listed(statement.actions)


def _about_resource(statement: Statement, question: Question) -> bool:
    context = question.context if statement.variables else None

    def listed(patterns: list[str]) -> bool:
        return any(resource_matches(pattern, context, question.resource) for pattern in patterns)

    if statement.not_resources is not None:
        known = all(expand(pattern, context, wildcards=True) is not None for pattern in statement.not_resources)
        return not listed(statement.not_resources) and (known or statement.deny)
    if statement.resources is None:
        return bool(question.resource_policy and question.resource_policy.kind is PolicyKind.TRUST)
    return listed(statement.resources)
