"""Form bodies: what the query protocol sends, read into a tree.

Owns the names of parameters: `Tags.member.1.Key=color` is `{"Tags": {"member": {"1": {"Key": "color"}}}}`. What they
mean is said by the request types (`query_request.py`). Source: AWS query protocol, of STS and IAM.
"""

from typing import Any
from urllib.parse import unquote_to_bytes

from shared.errors import SerializationFailed

MOST_PARAMETERS = 1000
DEEPEST = 16
"""Parts of a parameter's name; no request type is half as deep."""


def parse_form(body: bytes) -> dict[str, Any]:
    """The tree of a form's parameters; its leaves are texts. Errors: SerializationFailed."""
    parts = [part for part in body.split(b"&") if part]
    if len(parts) > MOST_PARAMETERS:
        raise SerializationFailed(f"A request has at most {MOST_PARAMETERS} parameters.")
    tree: dict[str, Any] = {}
    for part in parts:
        name, _, value = part.partition(b"=")
        _plant(tree, _decoded(name), _decoded(value))
    return tree


def _plant(tree: dict[str, Any], name: str, value: str) -> None:
    *branches, leaf = name.split(".", DEEPEST)
    if len(branches) == DEEPEST:
        raise SerializationFailed(f"The name of a parameter has at most {DEEPEST} parts.")
    node: Any = tree
    for branch in branches:
        node = node.setdefault(branch, {})
        if type(node) is not dict:
            raise _ambiguous(name)
    if leaf in node:
        raise _ambiguous(name)
    node[leaf] = value


def _ambiguous(name: str) -> SerializationFailed:
    return SerializationFailed(f"The parameter {name} stands more than once in the request.")


def _decoded(part: bytes) -> str:
    try:
        return unquote_to_bytes(part.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise SerializationFailed("The request is not UTF-8.") from None
