"""Whether an answer is one that the service model allows for its operation.

Owns the check of accepted answers, member by member, and of refusals: names, statuses, messages.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from botocore.parsers import create_parser

from services.region_node.wire.error_table import ERROR_TABLE
from tests.properties.requests_of_the_model import MODEL

COMMON_ERRORS: Final = {"ValidationException", "SerializationException", "AccessDeniedException"}
"""Of every operation (AWS KMS API reference, "Common Error Types")."""
ERRORS_OF_MEMBERS: Final = {
    "GrantTokens": "InvalidGrantTokenException",
    "Marker": "InvalidMarkerException",
    "KeyId": "InvalidArnException",
    "SourceKeyId": "InvalidArnException",
    "TargetKeyId": "InvalidArnException",
    "AliasName": "NotAuthorizedException",
}
"""Whoever takes the member may refuse it so, also where the model forgets to list it."""
FOLLOWING_PRIMARY: Final = {
    "CreateAlias",
    "CreateGrant",
    "DeleteAlias",
    "PutKeyPolicy",
    "ReplicateKey",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
}
"""What a replica refuses with UnsupportedOperationException where `keytide:replicate` makes it follow its primary."""
WITHOUT_MESSAGE: Final = {
    "InvalidCiphertextException",
    "KMSInvalidSignatureException",
    "KMSInvalidMacException",
    "NotAuthorizedException",
}
"""Of these AWS sends the type alone."""
SOMETIMES_WITHOUT_MESSAGE: Final = {
    ("DeriveSharedSecret", "ValidationException"),  # a public key of another kind
    ("EnableKeyRotation", "UnsupportedOperationException"),  # of an asymmetric or HMAC key, as the next two
    ("DisableKeyRotation", "UnsupportedOperationException"),
    ("RotateKeyOnDemand", "UnsupportedOperationException"),
}
"""Where responses recorded from AWS lack it too."""
EMPTY_VALUES: Final = {"GrantNameType"}
"""Shapes whose members are answered "" where nothing was set, as AWS does, whatever their constraints say."""
WIDER_ENUMERATIONS: Final = {"CustomerMasterKeySpec"}
"""Answered with the key's spec, which may be newer than the deprecated enumeration."""

_STATUSES: Final = {error.code: row.status for error, row in ERROR_TABLE.items()}
_PYTHON: Final[dict[str, Any]] = {
    "string": str,
    "blob": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "timestamp": (int, float),
}


def faults_of(operation: str, status: int, body: bytes) -> list[str]:
    """What is wrong with the answer."""
    if status == 200:
        return list(_faults_of_success(operation, body))
    return list(_faults_of_refusal(operation, status, json.loads(body)))


@cache
def errors_of(operation: str) -> frozenset[str]:
    """The names that a refusal of the operation may have: none is a fault."""
    model = MODEL.operation_model(operation)
    assert model.input_shape is not None
    listed = {error.name for error in model.error_shapes if not error.metadata.get("fault")}
    taken = {error for member, error in ERRORS_OF_MEMBERS.items() if member in model.input_shape.members}
    following = {"UnsupportedOperationException"} if operation in FOLLOWING_PRIMARY else set()
    return frozenset(listed | taken | following | COMMON_ERRORS) - {
        "KMSInternalException",
        "DependencyTimeoutException",
    }


def _faults_of_refusal(operation: str, status: int, error: dict[str, Any]) -> Iterator[str]:
    name = error.get("__type", "")
    member = "Message" if name == "AccessDeniedException" else "message"
    if name not in errors_of(operation):
        yield f"{operation} has no {name}: {error}"
    if status >= 500 or status != _STATUSES.get(name):
        yield f"status {status} of {name}"
    if set(error) - {"__type", member}:
        yield f"members of {error}"
    silent = name in WITHOUT_MESSAGE or (operation, name) in SOMETIMES_WITHOUT_MESSAGE
    if not silent and not error.get(member):
        yield f"no message of {name}"


def _faults_of_success(operation: str, body: bytes) -> Iterator[str]:
    shape = MODEL.operation_model(operation).output_shape
    if shape is None:
        if body:
            yield "a body where there is none"
        return
    differences = list(_differences(shape, json.loads(body), operation))
    if not differences:
        create_parser("json").parse({"status_code": 200, "headers": {}, "body": body}, shape)
    yield from differences


def _differences(shape: Any, value: Any, path: str) -> Iterator[str]:
    match shape.type_name:
        case "structure" | "map" | "list" as container:
            if not isinstance(value, list if container == "list" else dict):
                yield f"{path}: {value!r}"
                return
            yield from _PARTS[container](shape, value, path)
        case scalar:
            if not isinstance(value, _PYTHON[scalar]) or isinstance(value, bool) != (scalar == "boolean"):
                yield f"{path}: {value!r}"
            elif scalar != "boolean":
                yield from _broken_constraints(shape, value, path)


def _members(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in value.keys() - shape.members.keys():
        yield f"{path}: has a member {name}"
    for name in set(shape.required_members) - value.keys():
        yield f"{path}: lacks {name}"
    for name in value.keys() & shape.members.keys():
        yield from _differences(shape.members[name], value[name], f"{path}.{name}")


def _entries(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for key, entry in value.items():
        yield from _differences(shape.key, key, f"{path} (key)")
        yield from _differences(shape.value, entry, f"{path}[{key}]")


def _elements(shape: Any, value: list[Any], path: str) -> Iterator[str]:
    for place, element in enumerate(value):
        yield from _differences(shape.member, element, f"{path}[{place}]")


_PARTS: Final[dict[str, Any]] = {"structure": _members, "map": _entries, "list": _elements}


def _broken_constraints(shape: Any, value: Any, path: str) -> Iterator[str]:
    if value == "" and shape.name in EMPTY_VALUES:
        return
    size = value
    if shape.type_name == "blob":
        try:
            size = len(base64.b64decode(value, validate=True))
        except binascii.Error:
            yield f"{path}: no base64"
            return
    elif shape.type_name == "string":
        size = len(value)
    if not shape.metadata.get("min", size) <= size <= shape.metadata.get("max", size):
        yield f"{path}: {size} out of bounds"
    if shape.type_name == "string":
        if shape.enum and value not in shape.enum and shape.name not in WIDER_ENUMERATIONS:
            yield f"{path}: {value} is no {shape.name}"
        if "pattern" in shape.metadata and re.search(shape.metadata["pattern"], value) is None:
            yield f"{path}: {value} does not match"
