"""JSON without the freedoms that let two readers see two documents.

Owns the reading: no member twice, no NaN or infinity, bounded depth (before anything recurses). RFC 8259 leaves all of
these open.
"""

import json
import math
import re
from typing import Any

from shared.errors import MalformedPolicy

MAXIMUM_DEPTH = 16
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""Perhaps without its end. It never backtracks: a document must not be able to stall the node."""
_BRACKET = re.compile(r"[\[{\]}]")


def load(text: str) -> Any:
    """The JSON value of a document. Errors: MalformedPolicy."""
    _require_shallow(text)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except ValueError as failure:
        raise MalformedPolicy("Policy is not valid JSON.") from failure


def _require_shallow(text: str) -> None:
    """Refuse deep nesting before the JSON reader recurses into it."""
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAXIMUM_DEPTH:
            raise MalformedPolicy(f"Policy is nested deeper than {MAXIMUM_DEPTH} levels.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedPolicy("Policy names a JSON member twice.")
    return members


def _no_constant(name: str) -> float:
    raise MalformedPolicy(f"Policy contains {name}, which is not JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedPolicy("Policy contains a number that is out of range.")
    return number
