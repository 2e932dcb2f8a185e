"""What a simulation answers about one action and one resource.

Owns the way from a `Scenario` to IAM's words: decision, matched statements with their places, missing context values,
and what boundary, organization and resource policy contribute. Source: IAM API reference, "EvaluationResult".
"""

import re
from typing import NamedTuple

from services.region_node.iam.scenario import Scenario
from services.region_node.iam.types import simulation as types
from shared.policy.condition_keys import keys_asked
from shared.policy.evaluate import evaluate
from shared.policy.positions import Position, statement_spans
from shared.policy.question import IdentityPolicies, PolicyKind, PolicyText, Question
from shared.policy.verdict import UNREADABLE, Deciding, Reason, Verdict

_ACCOUNT_OF_ARN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:([0-9]{12}):.*", re.DOTALL)
_EVERYTHING_TEXT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_EVERYTHING = PolicyText(PolicyKind.IDENTITY, "everything", _EVERYTHING_TEXT)
EVERY_RESOURCE = "*"
IAM_POLICY, RESOURCE_POLICY = "IAM Policy", "Resource Policy"
_SOURCE_TYPES = (
    (re.compile(r"arn:aws:iam::aws:policy/.*"), "aws-managed"),
    (re.compile(r"arn:aws:iam::[0-9]{12}:policy/.*"), "user-managed"),
    (re.compile(r"user/.*"), "user"),
    (re.compile(r"group/.*"), "group"),
    (re.compile(r"role/.*"), "role"),
    (re.compile(r"ResourcePolicy"), "resource"),
)


class Asked(NamedTuple):
    """`resource` None: the request names none, which means all."""

    scenario: Scenario
    action: str
    resource: str | None


def result_of(asked: Asked) -> types.EvaluationResult:
    """The answer about one action and resource."""
    verdict = evaluate(_question(asked))
    statements = tuple(_matched(asked.scenario, deciding) for deciding in verdict.statements)
    missing, boundary, details = _missing(asked), _boundary(asked), _details(asked)
    specific = None
    if asked.resource not in (None, EVERY_RESOURCE):
        specific = types.ResourceSpecificResult(
            asked.resource, _decision(verdict), statements, missing, details, boundary
        )
    return types.EvaluationResult(
        eval_action_name=asked.action,
        eval_decision=_decision(verdict),
        eval_resource_name=asked.resource or EVERY_RESOURCE,
        matched_statements=statements,
        missing_context_values=missing if specific is None else (),
        organizations_decision_detail=_organizations(asked),
        permissions_boundary_decision_detail=boundary,
        eval_decision_details=details,
        resource_specific_results=None if specific is None else (specific,),
    )


def _question(asked: Asked) -> Question:
    scenario, resource = asked.scenario, asked.resource or EVERY_RESOURCE
    return Question(
        principal=scenario.principal,
        identity=scenario.identity,
        action=asked.action,
        resource=resource,
        resource_account=_account_of(scenario, resource),
        resource_policy=scenario.resource_policy,
        context=scenario.context,
    )


def _account_of(scenario: Scenario, resource: str) -> str:
    """Without a resource policy nothing is simulated but the principal's own policies."""
    if scenario.resource_policy is None:
        return scenario.principal.account
    found = _ACCOUNT_OF_ARN.fullmatch(resource)
    return found[1] if found else scenario.owner


def _decision(verdict: Verdict) -> str:
    if verdict.allowed:
        return "allowed"
    return "explicitDeny" if verdict.reason is Reason.EXPLICIT_DENY else "implicitDeny"


def _own_decision(asked: Asked, identity: IdentityPolicies) -> Verdict:
    """What the principal's policies would say if they were `identity` alone."""
    question = _question(asked)._replace(identity=identity, resource_policy=None)
    return evaluate(question._replace(resource_account=question.principal.account))


def _boundary(asked: Asked) -> types.PermissionsBoundaryDecisionDetail | None:
    boundary = asked.scenario.identity.boundary
    if boundary is None:
        return None
    alone = IdentityPolicies((boundary._replace(kind=PolicyKind.IDENTITY),))
    return types.PermissionsBoundaryDecisionDetail(_own_decision(asked, alone).allowed)


def _organizations(asked: Asked) -> types.OrganizationsDecisionDetail | None:
    levels = asked.scenario.identity.service_control
    if not levels:
        return None
    verdict = _own_decision(asked, IdentityPolicies((_EVERYTHING,), service_control=levels))
    return types.OrganizationsDecisionDetail(verdict.allowed)


def _details(asked: Asked) -> dict[str, str] | None:
    """Across accounts alone: what either side says."""
    question = _question(asked)
    if question.resource_policy is None or question.resource_account == question.principal.account:
        return None
    let_in = evaluate(question._replace(identity=IdentityPolicies((_EVERYTHING,))))
    return {
        IAM_POLICY: _decision(_own_decision(asked, asked.scenario.identity)),
        RESOURCE_POLICY: _decision(let_in),
    }


def _matched(scenario: Scenario, deciding: Deciding) -> types.MatchedStatement:
    told = types.MatchedStatement(deciding.policy.rsplit("/", 1)[-1], _source_type(deciding.policy))
    text = next((policy.text for policy in _policies(scenario) if policy.name == deciding.policy), None)
    if text is None or deciding.place == UNREADABLE:
        return told
    span = statement_spans(text)[deciding.place]
    return told._replace(start_position=_position(span.start), end_position=_position(span.end))


def _source_type(name: str) -> str:
    return next((kind for form, kind in _SOURCE_TYPES if form.fullmatch(name)), "none")


def _position(position: Position) -> types.Position:
    return types.Position(position.line, position.column)


def _missing(asked: Asked) -> tuple[str, ...]:
    """The condition keys that the policies ask for about the action, and that have no value."""
    asked_for = (key for policy in _policies(asked.scenario) for key in keys_asked(policy, asked.action))
    named = {key.lower(): key for key in asked_for}
    return tuple(key for lower, key in named.items() if lower not in asked.scenario.context)


def _policies(scenario: Scenario) -> tuple[PolicyText, ...]:
    identity = scenario.identity
    further = (scenario.resource_policy, identity.boundary)
    levels = (policy for level in identity.service_control for policy in level)
    return (*identity.policies, *(policy for policy in further if policy is not None), *levels)
