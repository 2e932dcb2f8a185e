"""The strict reading of policy documents of every kind.

Owns which members there are, which belong together, and how actions, resources and Sids are written; what differs
between kinds is in `document_kinds.py`. Whatever is not understood is refused: nobody is let in by what we cannot read.
Source: IAM User Guide, "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language".
"""

import re
from collections.abc import Iterator
from typing import Any

from shared.errors import LimitExceeded, MalformedPolicy
from shared.policy.arns import is_arn_pattern, is_resource_pattern
from shared.policy.conditions import test_of
from shared.policy.document_kinds import KEY_POLICY, DocumentKind, Member
from shared.policy.members import listed, object_of, require_known, require_text, texts
from shared.policy.principals import is_principal
from shared.policy.statement import Condition, Document, Principals, Statement, Texts
from shared.policy.strict_json import load
from shared.policy.variables import template

MAXIMUM_STATEMENTS = 500
"""More do not fit into a key policy, unless they say nothing."""
_VERSIONS = ("2012-10-17", "2008-10-17")
_DOCUMENT_MEMBERS = frozenset({"Version", "Id", "Statement"})
_EITHER = ("Principal", "Action", "Resource")
_STATEMENT_MEMBERS = frozenset({"Sid", "Effect", "Condition", *_EITHER, *(f"Not{member}" for member in _EITHER)})
_CHARACTERS = re.compile(r"[\t\n\r\x20-\xff]+")
_ACTION = re.compile(r"\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_PLAIN_SID = re.compile(r"[A-Za-z0-9]*")


def parse(text: str, kind: DocumentKind = KEY_POLICY, maximum: int | None = None) -> Document:
    """Read a document that a client sent; `maximum` replaces the kind's. Errors: LimitExceeded, MalformedPolicy."""
    require_size(text, kind, kind.maximum if maximum is None else maximum)
    document = read(text, kind)
    for statement in document.statements:
        for condition in statement.conditions:
            test_of(condition, document.variables)
    return document


def require_size(text: str, kind: DocumentKind, maximum: int) -> None:
    """Errors: LimitExceeded."""
    if kind.size(text) > maximum:
        raise LimitExceeded(f"The {kind.title} cannot be larger than {maximum}.")


def read(text: str, kind: DocumentKind) -> Document:
    """Read a document of any size; its conditions are judged where they are compiled. Errors: MalformedPolicy."""
    if _CHARACTERS.fullmatch(text) is None:
        raise MalformedPolicy("Policy contains characters that are not allowed.")
    document = object_of(load(text), "Policy")
    require_known(document, _DOCUMENT_MEMBERS, "Policy")
    if document.get("Version", _VERSIONS[1]) not in _VERSIONS:
        raise MalformedPolicy("Policy contains an invalid Version.")
    require_text(document, "Id")
    written = listed(document.get("Statement"), "Statement")
    if len(written) > MAXIMUM_STATEMENTS:
        raise MalformedPolicy(f"Policy has more than {MAXIMUM_STATEMENTS} statements.")
    variables = document.get("Version") == _VERSIONS[0]
    statements = tuple(_statement(object_of(statement, "Statement"), kind, variables) for statement in written)
    _require_sids(statements, kind)
    return Document(variables, statements)


def _statement(statement: dict[str, Any], kind: DocumentKind, variables: bool) -> Statement:
    require_known(statement, _STATEMENT_MEMBERS, "Statement")
    require_text(statement, "Sid")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicy("Policy contains a statement whose Effect is neither Allow nor Deny.")
    allows = statement["Effect"] == "Allow"
    principals = _principals(statement, kind)
    if allows and principals is not None and principals.inverted:
        raise MalformedPolicy("Policy contains a statement with both Allow and NotPrincipal.")
    actions, actions_inverted = _texts_of(statement, "Action", kind.action)
    resources, resources_inverted = _texts_of(statement, "Resource", kind.resource)
    _require_actions(actions, kind)
    _require_resources(resources, variables)
    conditions = tuple(_conditions(statement.get("Condition", {})))
    sid = statement.get("Sid", "")
    return Statement(sid, allows, principals, actions, actions_inverted, resources, resources_inverted, conditions)


def _principals(statement: dict[str, Any], kind: DocumentKind) -> Principals | None:
    member = _only_one(statement, "Principal", kind.principal)
    if member is None:
        return None
    named = statement[member]
    if named == "*":
        named = {"AWS": "*"}
    names = {type_: texts(values, member) for type_, values in object_of(named, member).items()}
    if not names or not all(is_principal(type_, name) for type_, given in names.items() for name in given):
        raise MalformedPolicy("Policy contains a statement with one or more invalid principals.")
    return Principals(names, inverted=member == "NotPrincipal")


def _texts_of(statement: dict[str, Any], member: str, rule: Member) -> tuple[Texts, bool]:
    present = _only_one(statement, member, rule)
    return ((), False) if present is None else (texts(statement[present], present), present != member)


def _only_one(statement: dict[str, Any], member: str, rule: Member) -> str | None:
    """The member, or its `Not…`, or None; as the kind's rule has it."""
    present = [name for name in (member, f"Not{member}") if name in statement]
    if len(present) > 1:
        raise MalformedPolicy(f"Policy contains a statement with both {member} and Not{member}.")
    if present and rule is Member.FORBIDDEN:
        raise MalformedPolicy(f"Policy has the prohibited member {present[0]}.")
    if not present and rule is Member.REQUIRED:
        raise MalformedPolicy(f"Policy contains a statement with no {member.lower()}.")
    return present[0] if present else None


def _require_actions(actions: Texts, kind: DocumentKind) -> None:
    for action in actions:
        if _ACTION.fullmatch(action) is None:
            raise MalformedPolicy("Policy contains an action that is not of the form service:Action.")
        if kind.service and not action.lower().startswith(f"{kind.service}:"):
            raise MalformedPolicy(f"A {kind.title} may only have actions of {kind.service}.")


def _require_resources(resources: Texts, variables: bool) -> None:
    """A variable may stand in the sixth part of an ARN only."""
    for resource in resources:
        fixed, variable, _rest = resource.partition("${") if variables else (resource, "", "")
        if not (is_arn_pattern(fixed) if variable else is_resource_pattern(fixed)):
            raise MalformedPolicy("Policy contains a resource that is neither an ARN nor *.")
        if variable:
            template(resource, wildcards=True)


def _conditions(conditions: Any) -> Iterator[Condition]:
    for operator, keys in object_of(conditions, "Condition").items():
        if len({key.lower() for key in object_of(keys, "Condition")}) < len(keys):
            raise MalformedPolicy("Policy names a condition key twice under one operator.")
        for key, values in keys.items():
            yield Condition(operator, key, tuple(map(_value, listed(values, "Condition"))))


def _value(value: Any) -> str:
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, int | float):
        raise MalformedPolicy("Policy contains a condition whose values are not texts, numbers or booleans.")
    return str(value)


def _require_sids(statements: tuple[Statement, ...], kind: DocumentKind) -> None:
    sids = [statement.sid for statement in statements if statement.sid]
    if not kind.plain_sids:
        return
    if not all(_PLAIN_SID.fullmatch(sid) for sid in sids):
        raise MalformedPolicy("Statement IDs (SID) must be alpha-numeric.")
    if len(set(sids)) != len(sids):
        raise MalformedPolicy("Statement IDs (SID) in a single policy must be unique.")
