"""Every type of the operations, held against the service model that botocore ships."""

import itertools
from typing import Any

import botocore.session
import pytest

from services.region_node.operations.table import OPERATIONS, Operation
from services.region_node.wire.constraints import Choice, Length, Pattern, Range
from services.region_node.wire.member import Kind, is_structure, members_of

MODEL = botocore.session.Session().get_service_model("kms")

SCALARS = {
    "string": str,
    "blob": bytes,
    "integer": int,
    "boolean": bool,
    "timestamp": float,
    "map": dict,
    "list": tuple,
}

WIDER_ENUM = {"CustomerMasterKeySpec"}
"""Answered with the key's spec, which may be newer than the deprecated enumeration."""


def structures(operation: Operation) -> list[tuple[str, type[Any], Any, bool]]:
    """The operation's own types with their shapes, and whether they are requests."""
    model = MODEL.operation_model(operation.name)
    pairs = [(f"{operation.name} request", operation.request, model.input_shape, True)]
    if operation.response is not None:
        pairs.append((f"{operation.name} response", operation.response, model.output_shape, False))
    return pairs


CASES = list(itertools.chain.from_iterable(structures(row) for row in OPERATIONS.values()))


@pytest.mark.parametrize(("name", "shape", "model", "is_request"), CASES, ids=[case[0] for case in CASES])
def test_type_carries_every_member_and_constraint(name: str, shape: type[Any], model: Any, is_request: bool) -> None:
    assert differences(shape, model, name, is_request) == []


def test_an_empty_body_is_answered_exactly_where_the_model_has_no_output() -> None:
    for row in OPERATIONS.values():
        assert (row.response is None) == (MODEL.operation_model(row.name).output_shape is None), row.name


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
    found += constraint_differences(kind, wanted, path)
    if wanted.type_name == "list" and kind.element is not None:
        found += kind_differences(kind.element, wanted.member, f"{path}[]", is_request)
    return found


def constraint_differences(kind: Kind, wanted: Any, path: str) -> list[str]:
    own: dict[str, Any] = {}
    for constraint in kind.constraints:
        match constraint:
            case Length(least, most) | Range(least, most):
                own |= {"min": least, "max": most}
            case Pattern(expression):
                own["pattern"] = expression
            case Choice(values):
                own["enum"] = set(values)
    theirs: dict[str, Any] = {name: wanted.metadata[name] for name in ("min", "max") if name in wanted.metadata}
    theirs |= {name: wanted.metadata[name] for name in ("pattern",) if name in wanted.metadata}
    if wanted.metadata.get("enum"):
        theirs["enum"] = set(wanted.metadata["enum"])
        if wanted.name in WIDER_ENUM and own.get("enum", set()) > theirs["enum"]:
            theirs["enum"] = own["enum"]
    found = [] if own == theirs else [f"{path}: {own} for {theirs}"]
    if kind.sensitive != bool(wanted.metadata.get("sensitive")):
        found.append(f"{path}: sensitive {kind.sensitive}")
    return found
