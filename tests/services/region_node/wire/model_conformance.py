"""Types of operations held against the service models that botocore ships."""

from typing import Any

from services.region_node.wire.constraints import UNBOUNDED, Choice, Length, Pattern, Range
from services.region_node.wire.member import Kind, is_structure, members_of

SCALARS = {
    "string": str,
    "blob": bytes,
    "integer": int,
    "boolean": bool,
    "timestamp": float,
    "map": dict,
    "list": tuple,
}

KEPT_BACK = {
    "GrantTokenType",
    "PolicyType",
    "contextAssertionType",
    "policyDocumentType",
    "sessionPolicyDocumentType",
    "tokenCodeType",
    "unrestrictedSessionPolicyDocumentType",
}
"""Sensitive in requests, and not in the model: no refusal repeats them, for its message stands in the audit trail."""

WIDER_ENUM = {"CustomerMasterKeySpec"}
"""Answered with the key's spec, which may be newer than the deprecated enumeration."""
PERCENT_ENCODED = {"policyDocumentType"}
"""What IAM's answers hold percent-encoded; botocore decodes just these."""


def differences(shape: type[Any], model: Any, path: str, is_request: bool) -> list[str]:
    members = {member.wire_name: member for member in members_of(shape)}
    found = []
    if set(members) != set(model.members):
        found.append(f"{path}: members {sorted(set(members) ^ set(model.members))}")
    for name in members.keys() & model.members.keys():
        member, wanted = members[name], model.members[name]
        if is_request and member.required != (name in model.required_members):
            found.append(f"{path}.{name}: required {member.required}")
        found += kind_differences(member.kind, wanted, f"{path}.{name}", is_request)
    return found


def kind_differences(kind: Kind, wanted: Any, path: str, is_request: bool) -> list[str]:
    if wanted.type_name == "structure":
        return differences(kind.base, wanted, path, is_request) if is_structure(kind.base) else [f"{path}: {kind.base}"]
    found = [] if kind.base is SCALARS[wanted.type_name] else [f"{path}: {kind.base}"]
    found += constraint_differences(kind, wanted, path, is_request)
    if wanted.type_name == "list" and kind.element is not None:
        found += kind_differences(kind.element, wanted.member, f"{path}[]", is_request)
    return found


def constraint_differences(kind: Kind, wanted: Any, path: str, is_request: bool) -> list[str]:
    own: dict[str, Any] = {}
    for constraint in kind.constraints:
        match constraint:
            case Length(least, most) | Range(least, most):
                own |= {"min": least} if most == UNBOUNDED else {"min": least, "max": most}
            case Pattern(expression):
                own["pattern"] = expression
            case Choice(values):
                own["enum"] = set(values)
    theirs: dict[str, Any] = {name: wanted.metadata[name] for name in ("min", "max") if name in wanted.metadata}
    theirs |= {name: wanted.metadata[name] for name in ("pattern",) if name in wanted.metadata}
    if "max" in theirs:
        theirs.setdefault("min", 0)
    if wanted.metadata.get("enum"):
        theirs["enum"] = set(wanted.metadata["enum"])
        if wanted.name in WIDER_ENUM and own.get("enum", set()) > theirs["enum"]:
            theirs["enum"] = own["enum"]
    found = [] if own == theirs else [f"{path}: {own} for {theirs}"]
    if kind.percent_encoded != (wanted.name in PERCENT_ENCODED and not is_request):
        found.append(f"{path}: percent-encoded {kind.percent_encoded}")
    kept_back = kind.sensitive if wanted.name in KEPT_BACK and not is_request else wanted.name in KEPT_BACK
    if kind.sensitive != bool(wanted.metadata.get("sensitive") or kept_back):
        found.append(f"{path}: sensitive {kind.sensitive}")
    return found
