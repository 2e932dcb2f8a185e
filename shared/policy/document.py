"""Key policy documents: the text, its strict reading, and the form in which AWS gives it back.

Owns what may be stored as a key policy: its size and the shapes inside. The JSON itself is read by `strict_json.py`;
whether a document would lock everybody out is in `lockout.py`; what it allows is evaluated elsewhere.
Source: AWS KMS Developer Guide, "Key policies"; IAM User Guide, "IAM JSON policy elements reference".
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from shared.errors import LimitExceeded, MalformedPolicy
from shared.policy.principals import is_principal
from shared.policy.strict_json import load

POLICY_NAME = "default"
MAXIMUM_BYTES = 32_768

Texts: TypeAlias = tuple[str, ...]


class Principals(NamedTuple):
    """Who a statement is about: principal type (`AWS`, `Service`, `Federated`, `CanonicalUser`) -> names."""

    names: Mapping[str, Texts]
    inverted: bool


class Statement(NamedTuple):
    """One statement. Without actions or without resources it is accepted and does nothing, as at AWS."""

    allows: bool
    principals: Principals
    actions: Texts
    actions_inverted: bool
    resources: Texts
    resources_inverted: bool
    has_conditions: bool


_VERSIONS = ("2012-10-17", "2008-10-17")
_DOCUMENT_MEMBERS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_MEMBERS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_CHARACTERS = re.compile(r"[\t\n\r\x20-\xff]+")


def default_policy(account: str) -> str:
    """The policy of a key that was created without one: the account decides, through IAM."""
    return formatted(
        {
            "Version": "2012-10-17",
            "Id": "key-default-1",
            "Statement": [
                {
                    "Sid": "Enable IAM User Permissions",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ],
        }
    )


def rendered(policy: str | None, account: str) -> str:
    """A stored policy as GetKeyPolicy answers it; None stands for the default policy."""
    return default_policy(account) if policy is None else formatted(load(policy))


def parse(text: str, maximum_bytes: int = MAXIMUM_BYTES) -> tuple[Statement, ...]:
    """Read a document that a client sent. Errors: LimitExceeded for its size, MalformedPolicy for anything else."""
    if len(text.encode("utf-8", "surrogatepass")) > maximum_bytes:
        raise LimitExceeded(f"The key policy is longer than {maximum_bytes} bytes.")
    if _CHARACTERS.fullmatch(text) is None:
        raise MalformedPolicy("Policy contains characters that are not allowed.")
    document = _object(load(text), "Policy")
    _known_members(document, _DOCUMENT_MEMBERS, "Policy")
    if document.get("Version", _VERSIONS[1]) not in _VERSIONS:
        raise MalformedPolicy("Policy contains an invalid Version.")
    _optional_text(document, "Id")
    statements = document.get("Statement")
    return tuple(_statement(_object(statement, "Statement")) for statement in _listed(statements, "Statement"))


def _statement(statement: dict[str, Any]) -> Statement:
    _known_members(statement, _STATEMENT_MEMBERS, "Statement")
    _optional_text(statement, "Sid")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicy("Policy contains a statement whose Effect is neither Allow nor Deny.")
    allows = statement["Effect"] == "Allow"
    principals = _principals(statement)
    if allows and principals.inverted:
        raise MalformedPolicy("Policy contains a statement with both Allow and NotPrincipal.")
    actions, actions_inverted = _either(statement, "Action")
    resources, resources_inverted = _either(statement, "Resource")
    has_conditions = _has_conditions(statement.get("Condition"))
    return Statement(allows, principals, actions, actions_inverted, resources, resources_inverted, has_conditions)


def _principals(statement: dict[str, Any]) -> Principals:
    member = _only_one(statement, "Principal")
    if member is None:
        raise MalformedPolicy("Policy contains a statement with no principal.")
    named = statement[member]
    if named == "*":
        named = {"AWS": "*"}
    names = {kind: _texts(values, member) for kind, values in _object(named, member).items()}
    if not names or not all(is_principal(kind, name) for kind, texts in names.items() for name in texts):
        raise MalformedPolicy("Policy contains a statement with one or more invalid principals.")
    return Principals(names, inverted=member == "NotPrincipal")


def _either(statement: dict[str, Any], member: str) -> tuple[Texts, bool]:
    present = _only_one(statement, member)
    return ((), False) if present is None else (_texts(statement[present], present), present != member)


def _only_one(statement: dict[str, Any], member: str) -> str | None:
    present = [name for name in (member, f"Not{member}") if name in statement]
    if len(present) > 1:
        raise MalformedPolicy(f"Policy contains a statement with both {member} and Not{member}.")
    return present[0] if present else None


def _has_conditions(conditions: Any) -> bool:
    if conditions is None:
        return False
    for keys in _object(conditions, "Condition").values():
        for values in _object(keys, "Condition").values():
            if not all(isinstance(value, str | int | float) for value in _listed(values, "Condition")):
                raise MalformedPolicy("Policy contains a condition whose values are not texts, numbers or booleans.")
    return bool(conditions)


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedPolicy(f"{what} is not a JSON object.")
    return value


def _listed(value: Any, what: str) -> list[Any]:
    if value is None or value == []:
        raise MalformedPolicy(f"{what} is missing or empty.")
    return value if isinstance(value, list) else [value]


def _texts(value: Any, what: str) -> Texts:
    texts = tuple(_listed(value, what))
    if not all(isinstance(text, str) and text for text in texts):
        raise MalformedPolicy(f"{what} is not a text or a list of texts.")
    return texts


def _optional_text(members: dict[str, Any], name: str) -> None:
    if not isinstance(members.get(name, ""), str):
        raise MalformedPolicy(f"{name} is not a text.")


def _known_members(members: dict[str, Any], known: frozenset[str], what: str) -> None:
    unknown = sorted(members.keys() - known)
    if unknown:
        raise MalformedPolicy(f"{what} has the unknown member {unknown[0]}.")


def formatted(value: Any, indent: str = "") -> str:
    """A JSON value in the layout of AWS's answers: objects over several lines, lists on one, `" : "` between."""
    if isinstance(value, dict):
        deeper = indent + "  "
        members = (f"{deeper}{json.dumps(name)} : {formatted(member, deeper)}" for name, member in value.items())
        return "{\n" + ",\n".join(members) + f"\n{indent}}}" if value else "{ }"
    if isinstance(value, list):
        return "[ " + ", ".join(formatted(element, indent) for element in value) + " ]" if value else "[ ]"
    return json.dumps(value)
