"""How a refusal reads: as much as AWS says, and no more.

Owns the sentences. Whoever asks for another account's key hears the same whether or not there is one, unless the key's
policy or a grant lets him in and his own account does not.
Source: IAM User Guide, "Troubleshoot access denied error messages".
"""

from collections.abc import Mapping

from shared.errors import AccessDenied
from shared.policy.question import PolicyKind, Principal, PrincipalKind, Question
from shared.policy.verdict import Reason, Verdict

_ELSEWHERE = (
    "on this resource because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)
_SILENT: Mapping[Reason, PolicyKind] = {
    Reason.NO_SERVICE_CONTROL_POLICY: PolicyKind.SERVICE_CONTROL,
    Reason.NO_RESOURCE_POLICY: PolicyKind.RESOURCE,
    Reason.NO_IDENTITY_POLICY: PolicyKind.IDENTITY,
    Reason.NO_BOUNDARY: PolicyKind.BOUNDARY,
    Reason.NO_SESSION_POLICY: PolicyKind.SESSION,
}
"""Why nobody allowed it -> whose word was missing."""
_LET_IN = frozenset({Reason.NO_IDENTITY_POLICY, Reason.NO_BOUNDARY, Reason.NO_SESSION_POLICY})
"""What another account's caller hears only after the resource's side has let it in."""


def denied(question: Question, verdict: Verdict) -> AccessDenied:
    """The refusal that a client reads."""
    arn, action = question.principal.arn, question.action
    if _hides(question, verdict):
        return denied_elsewhere(arn, action)
    return AccessDenied(
        f"User: {arn} is not authorized to perform: {action} on resource: {question.resource} {_why(action, verdict)}"
    )


def denied_elsewhere(arn: str, action: str) -> AccessDenied:
    """The refusal for another account's resource, which is the same whether or not it exists."""
    return AccessDenied(f"User: {arn} is not authorized to perform: {action} {_ELSEWHERE}")


def denied_role(principal: Principal, action: str, role_arn: str) -> AccessDenied:
    """The refusal for a role, which is the same whether or not it exists."""
    if principal.kind is PrincipalKind.FEDERATED:
        return AccessDenied(f"Not authorized to perform {action}")
    return AccessDenied(f"User: {principal.arn} is not authorized to perform: {action} on resource: {role_arn}")


def _hides(question: Question, verdict: Verdict) -> bool:
    """Whether the refusal must not tell that the resource is there: only to whom its policy, or a grant, lets in."""
    return question.principal.account != question.resource_account and verdict.reason not in _LET_IN


def _why(action: str, verdict: Verdict) -> str:
    if verdict.reason is Reason.EXPLICIT_DENY:
        kinds = [statement.kind.value for statement in verdict.statements]
        return f"with an explicit deny in {_article(kinds[0] if kinds else PolicyKind.IDENTITY.value)}"
    return f"because no {_SILENT[verdict.reason].value} allows the {action} action"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
