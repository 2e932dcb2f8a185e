"""Policies from their texts, strictly: what is not understood is `Unreadable`.

Source: IAM User Guide, "Grammar of the IAM JSON policy language"; AWS KMS Developer Guide, "Key policies in AWS KMS".
"""

import json
import re
from typing import Any, NamedTuple

from shared.policy.question import PolicyKind, PolicyText
from tests.shared.policy.oracle import typed
from tests.shared.policy.oracle.conditions import OPERATORS, ConditionBlock, split

ACTION = re.compile(r"\*|\*:\*|[a-z0-9-]+:[a-z0-9*?]+", re.IGNORECASE | re.ASCII)
RESOURCE = re.compile(r"arn:([^:]*:){2}(.*\*|([^:]*:){2}.*)", re.DOTALL)
"""To the sixth part, or from the service on a beginning with a star at its end."""
PRINCIPAL_TYPES = {"AWS", "Service", "Federated"}
PRINCIPAL = re.compile(r"\*|[0-9]{12}|A[A-Z0-9]{15,}|arn:[^*?]+", re.ASCII)
STATEMENT = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
WITH_PRINCIPAL = {PolicyKind.RESOURCE, PolicyKind.TRUST}


class Unreadable(Exception):
    pass


class Statement(NamedTuple):
    """Of each pair of elements one is None, or both where the statement says nothing about the matter."""

    deny: bool
    principals: list[tuple[str, str]]
    not_principals: list[tuple[str, str]] | None
    actions: list[str] | None
    not_actions: list[str] | None
    resources: list[str] | None
    not_resources: list[str] | None
    condition: ConditionBlock
    variables: bool


def read(policy: PolicyText) -> list[Statement]:
    try:
        document = json.loads(policy.text, object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable from error
    _demand(isinstance(document, dict) and set(document) <= {"Version", "Id", "Statement"})
    version = document.get("Version", "2008-10-17")
    _demand(version in ("2012-10-17", "2008-10-17") and isinstance(document.get("Id", ""), str))
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    _demand(isinstance(statements, list))
    return [_statement(one, policy.kind, version == "2012-10-17") for one in statements]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _demand(len(dict(pairs)) == len(pairs))
    return dict(pairs)


def _refuse(constant: str) -> None:
    raise Unreadable(constant)


def _demand(fact: bool) -> None:
    if not fact:
        raise Unreadable


def _statement(found: Any, kind: PolicyKind, variables: bool) -> Statement:
    _demand(isinstance(found, dict) and set(found) <= STATEMENT and isinstance(found.get("Sid", ""), str))
    _demand(found.get("Effect") in ("Allow", "Deny"))
    for element in ("Principal", "Action", "Resource"):
        _demand(element not in found or "Not" + element not in found)
    _check_presence(found, kind)
    return Statement(
        found["Effect"] == "Deny",
        _principals(found["Principal"]) if "Principal" in found else [],
        _principals(found["NotPrincipal"]) if "NotPrincipal" in found else None,
        _actions(found, "Action"),
        _actions(found, "NotAction"),
        _resources(found, "Resource"),
        _resources(found, "NotResource"),
        _condition(found.get("Condition", {})),
        variables,
    )


def _check_presence(found: dict[str, Any], kind: PolicyKind) -> None:
    has_principal = "Principal" in found or "NotPrincipal" in found
    has_resource = "Resource" in found or "NotResource" in found
    _demand(has_principal == (kind in WITH_PRINCIPAL))
    _demand("NotPrincipal" not in found or found["Effect"] == "Deny")
    if kind is PolicyKind.TRUST:
        _demand(not has_resource)
    elif kind is not PolicyKind.RESOURCE:
        _demand(has_resource and ("Action" in found or "NotAction" in found))


def _texts(found: Any) -> list[str]:
    values = found if isinstance(found, list) else [found]
    _demand(all(isinstance(value, str) for value in values))
    return values


def _principals(found: Any) -> list[tuple[str, str]]:
    if found == "*":
        return [("AWS", "*")]
    _demand(isinstance(found, dict) and set(found) <= PRINCIPAL_TYPES)
    named = [(type_name, name) for type_name, names in found.items() for name in _texts(names)]
    _demand(all(type_name != "AWS" or PRINCIPAL.fullmatch(name) for type_name, name in named))
    return named


def _actions(found: dict[str, Any], element: str) -> list[str] | None:
    if element not in found:
        return None
    actions = _texts(found[element])
    _demand(all(ACTION.fullmatch(action) for action in actions))
    return actions


def _resources(found: dict[str, Any], element: str) -> list[str] | None:
    if element not in found:
        return None
    resources = _texts(found[element])
    _demand(all(resource == "*" or RESOURCE.fullmatch(resource) for resource in resources))
    return resources


def _condition(found: Any) -> ConditionBlock:
    _demand(isinstance(found, dict) and all(isinstance(keys, dict) for keys in found.values()))
    _demand(all(len({key.lower() for key in keys}) == len(keys) for keys in found.values()))  # case is none of a key's
    return {
        name: {key: _condition_values(name, values) for key, values in keys.items()} for name, keys in found.items()
    }


def _condition_values(name: str, found: Any) -> list[str]:
    values = [_scalar(value) for value in (found if isinstance(found, list) else [found])]
    set_operator, simple, _ = split(name)
    _demand(name == "Null" or (simple in OPERATORS and set_operator in ("", "ForAllValues", "ForAnyValue")))
    check = typed.truth if name == "Null" else OPERATORS[simple].check
    try:
        for value in values:
            check(value)
    except ValueError as error:
        raise Unreadable from error
    return values


def _scalar(value: Any) -> str:
    _demand(isinstance(value, str | bool | int | float))
    return value if isinstance(value, str) else json.dumps(value)
