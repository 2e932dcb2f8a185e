"""A question with one of its policies in another form, or without it."""

from shared.policy.question import IdentityPolicies, PolicyText, Question
from shared.policy.verdict import UNREADABLE, Deciding
from shared.policy.why.statements import policies_of, reading


def policy_named(question: Question, deciding: Deciding) -> PolicyText | None:
    """The policy whose statement denied: of several with one name, that which has such a statement."""
    for policy in policies_of(question):
        if (policy.kind, policy.name) == (deciding.kind, deciding.policy) and _has(policy, deciding):
            return policy
    return None


def _has(policy: PolicyText, deciding: Deciding) -> bool:
    document = reading(policy)
    if isinstance(document, str):
        return deciding.place == UNREADABLE
    statement = document.statements[deciding.place] if 0 <= deciding.place < len(document.statements) else None
    return statement is not None and not statement.allows and statement.sid == deciding.sid


def with_policy(question: Question, before: PolicyText, after: PolicyText | None) -> Question:
    """`after` None: the policy is gone."""
    resource = _one(question.resource_policy, before, after)
    return question._replace(resource_policy=resource, identity=_identity(question.identity, before, after))


def _identity(identity: IdentityPolicies, before: PolicyText, after: PolicyText | None) -> IdentityPolicies:
    return IdentityPolicies(
        _all(identity.policies, before, after),
        _one(identity.boundary, before, after),
        None if identity.session is None else _all(identity.session, before, after),
        tuple(_all(level, before, after) for level in identity.service_control),
    )


def _one(policy: PolicyText | None, before: PolicyText, after: PolicyText | None) -> PolicyText | None:
    return after if policy is before or policy == before else policy


def _all(policies: tuple[PolicyText, ...], before: PolicyText, after: PolicyText | None) -> tuple[PolicyText, ...]:
    put = (_one(policy, before, after) for policy in policies)
    return tuple(policy for policy in put if policy is not None)
