"""A question with one of its policies in another form, or without it."""

from shared.policy.question import IdentityPolicies, PolicyText, Question
from shared.policy.verdict import Deciding
from shared.policy.why.statements import policies_of


def policy_named(question: Question, deciding: Deciding) -> PolicyText | None:
    """The policy whose statement decided."""
    wanted = (deciding.kind, deciding.policy)
    return next((policy for policy in policies_of(question) if (policy.kind, policy.name) == wanted), None)


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
