"""Policies with one thing changed, as texts, and the statements that are put into them.

Owns the forms of what is proposed. Everything that a policy had besides stays as it was written.
"""

import json
from typing import Any

from shared.policy.question import PolicyText, Principal, PrincipalKind
from shared.policy.strict_json import load

Statement = dict[str, Any]
_EXCEPTION = "ArnNotEquals"
_PRINCIPAL_ARN = "aws:PrincipalArn"


def allowing(action: str, resource: str, principal: Principal | None = None) -> Statement:
    """A statement that allows the action; with `principal`, of a resource's policy."""
    named = {} if principal is None else {"Principal": principal_element(principal)}
    return {"Effect": "Allow", **named, "Action": action, "Resource": resource}


def principal_element(principal: Principal) -> dict[str, str]:
    """How a policy calls the principal. A session is called by its role: the next has another name."""
    if principal.kind is PrincipalKind.SERVICE:
        return {"Service": principal.arn}
    if principal.kind is PrincipalKind.FEDERATED:
        return {"Federated": principal.arn}
    return {"AWS": principal.role_arn or principal.arn}


def alone(statement: Statement) -> str:
    """A policy of this one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def added(policy: PolicyText, statement: Statement) -> PolicyText:
    document, statements = _parts(policy)
    return _put(policy, document, [*statements, statement])


def removed(policy: PolicyText, place: int) -> PolicyText | None:
    """None where nothing would be left."""
    document, statements = _parts(policy)
    left = [statement for number, statement in enumerate(statements) if number != place]
    return _put(policy, document, left) if left else None


def excepted(policy: PolicyText, place: int, principal: Principal) -> PolicyText:
    """The statement does not speak about the principal any more."""
    document, statements = _parts(policy)
    return _put(
        policy, document, [*statements[:place], _without(statements[place], principal), *statements[place + 1 :]]
    )


def statement_at(policy: PolicyText, place: int) -> Statement:
    return _parts(policy)[1][place]


def _without(statement: Statement, principal: Principal) -> Statement:
    condition = dict(statement.get("Condition", {}))
    keys = dict(condition.get(_EXCEPTION, {}))
    written = next((key for key in keys if key.lower() == _PRINCIPAL_ARN.lower()), _PRINCIPAL_ARN)
    before = keys.get(written, [])
    keys[written] = [*(before if isinstance(before, list) else [before]), principal.role_arn or principal.arn]
    return {**statement, "Condition": {**condition, _EXCEPTION: keys}}


def _parts(policy: PolicyText) -> tuple[dict[str, Any], list[Statement]]:
    document: dict[str, Any] = load(policy.text)
    written = document["Statement"]
    return document, written if isinstance(written, list) else [written]


def _put(policy: PolicyText, document: dict[str, Any], statements: list[Statement]) -> PolicyText:
    return policy._replace(text=json.dumps({**document, "Statement": statements}))
