"""What an audit entry must not tell: whatever is secret or a blob in a request or its answer, a policy, a token.

Owns finding these values, by the service model that botocore ships.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from tests.properties.requests_of_the_model import MODEL

NEVER_TOLD: Final = frozenset({"PolicyType", "GrantTokenType"})
"""Shapes that the model does not call sensitive."""
SHORTEST: Final = 12
"""Characters: a shorter value may stand anywhere by chance."""


class _Leaf(NamedTuple):
    text: str
    told: bool


def told_wrongly(operation: str, request: Any, body: bytes, entry: bytes) -> list[str]:
    """Members' values that `entry` tells and must not. `body`: that of the answer."""
    model = MODEL.operation_model(operation)
    leaves = [*_leaves(model.input_shape, request)]
    if model.output_shape is not None:
        leaves += _leaves(model.output_shape, json.loads(body or b"{}"))
    elsewhere = {leaf.text for leaf in leaves if leaf.told}
    hidden = {leaf.text for leaf in leaves if not leaf.told and len(leaf.text) >= SHORTEST} - elsewhere
    return [text for text in sorted(hidden) if any(form in entry for form in _forms(text))]


def _leaves(shape: Any, value: Any, told: bool = True) -> Iterator[_Leaf]:
    """The texts in `value`, which need not be of `shape`."""
    if shape is not None:
        told = told and not _is_hidden(shape)
    if isinstance(value, dict):
        members = getattr(shape, "members", {})
        for name, member in value.items():
            yield from _leaves(members.get(name, getattr(shape, "value", None)), member, told)
    elif isinstance(value, list):
        for element in value:
            yield from _leaves(getattr(shape, "member", None), element, told)
    elif isinstance(value, str):
        yield _Leaf(value, told)


def _is_hidden(shape: Any) -> bool:
    return shape.type_name == "blob" or shape.metadata.get("sensitive", False) or shape.name in NEVER_TOLD


def _forms(text: str) -> Iterator[bytes]:
    """The value itself, and what it is the Base64 of."""
    yield text.encode("utf-8", "surrogatepass")
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return
    if len(decoded) >= SHORTEST:
        yield decoded
