"""The many questions that are asked of one generated set of policies.

A set is drawn once and asked hundreds of them, for drawing costs more than asking.
"""

import json
from collections.abc import Iterator

from shared.policy.evaluate import evaluate
from shared.policy.question import (
    NO_POLICIES,
    IdentityPolicies,
    PolicyKind,
    PolicyText,
    Principal,
    PrincipalKind,
    Question,
)
from tests.properties import policy_vocabulary as words
from tests.properties.policy_sets import REQUESTS, Policy, PolicySet, Request
from tests.shared.policy.case_questions import ACCOUNT, CALLERS, KEY

RESOURCES = (KEY, words.OTHER_KEY)
UNREADABLE = "unreadable"
"""The name of a policy that is."""


def questions(found: PolicySet, callers: list[str] | None = None) -> Iterator[Question]:
    """Of every caller, for every action and resource, each in every request."""
    asked = [CALLERS[name] for name in callers or CALLERS]
    key_policy = _text(found, PolicyKind.RESOURCE, found.key_policy)
    for caller in asked:
        identity = _identity(found, caller)
        for request in found.requests:
            for action in words.ACTIONS:
                for resource in RESOURCES if action != words.WITHOUT_RESOURCE else ("*",):
                    yield _question(found, caller, identity, request, action, resource, key_policy)


QUESTIONS_OF_A_SET = len(CALLERS) * REQUESTS * (2 * len(words.ACTIONS) - 1)


def _question(
    found: PolicySet,
    caller: Principal,
    identity: IdentityPolicies,
    request: Request,
    action: str,
    resource: str,
    key_policy: PolicyText,
) -> Question:
    keyless = action == words.WITHOUT_RESOURCE
    operation = action.partition(":")[2]
    return Question(
        principal=caller,
        identity=identity,
        action=action,
        resource=resource,
        resource_account=caller.account if keyless else ACCOUNT,
        resource_policy=None if keyless else key_policy,
        context=request.context,
        grant_operation=operation if operation in words.GRANTED else None,
        grants=lambda: [one for one in found.grants if one.grantee in _names(caller)],
        cross_account=action != words.OF_ITS_ACCOUNT_ALONE,
        encryption_context=request.encryption_context,
    )


def _names(caller: Principal) -> set[str]:
    return {caller.arn, caller.role_arn, f"arn:aws:iam::{caller.account}:root"}


def _identity(found: PolicySet, caller: Principal) -> IdentityPolicies:
    levels = tuple(_texts(found, PolicyKind.SERVICE_CONTROL, level) for level in found.service_control)
    if caller.kind is PrincipalKind.ROOT:
        return IdentityPolicies(service_control=levels)
    if caller.kind in (PrincipalKind.SERVICE, PrincipalKind.FEDERATED):
        return NO_POLICIES
    has_session = caller.kind is PrincipalKind.SESSION and found.session is not None
    return IdentityPolicies(
        _texts(found, PolicyKind.IDENTITY, found.identity),
        None if found.boundary is None else _text(found, PolicyKind.BOUNDARY, found.boundary),
        _texts(found, PolicyKind.SESSION, found.session or []) if has_session else None,
        levels,
    )


def _texts(found: PolicySet, kind: PolicyKind, policies: list[Policy]) -> tuple[PolicyText, ...]:
    return tuple(_text(found, kind, policy) for policy in policies)


def _text(found: PolicySet, kind: PolicyKind, policy: Policy) -> PolicyText:
    if isinstance(policy, str):
        return PolicyText(kind, UNREADABLE, policy)
    return PolicyText(kind, "generated", json.dumps({"Version": found.version, "Statement": policy}))


def answered_otherwise(some: Iterator[Question], others: Iterator[Question]) -> list[tuple[Question, Question]]:
    """The pairs of questions that get different reasons."""
    asked = zip(some, others, strict=True)
    return [(question, other) for question, other in asked if evaluate(question).reason is not evaluate(other).reason]
