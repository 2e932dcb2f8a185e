"""Requests made from the service model that botocore ships: well-formed, and mutated in one or several places.

Owns the strategies. A request is a JSON value, not yet bytes: members of the right type within their constraints, names
taken from `Names` where a member names something that exists; and the mutations that clients and attackers make.
"""

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import botocore.session
from hypothesis import strategies as st

MODEL: Any = botocore.session.Session().get_service_model("kms")

_ODD_TEXTS = (
    "",
    " ",
    "\0",
    "alias/",
    "mrk-",
    "*",
    "é" * 40,
    "x" * 9000,
    "arn:aws:kms:::key/",
    "../..",
    "${aws:x}",
    "'\"",
)
_ODD_NUMBERS = (-1, 0, 1, 2**31, 2**63, 10**30, 1.5, -0.0, 1e308)
ODD_VALUES: Sequence[Any] = (None, True, False, [], {}, [[]], {"": ""}, [None], *_ODD_TEXTS, *_ODD_NUMBERS)


class Names(NamedTuple):
    """What exists: values by the name of the model's shape that takes them."""

    by_shape: Mapping[str, Sequence[str]]


def requests(operation: str, names: Names, model: Any = MODEL) -> st.SearchStrategy[Any]:
    """A request of `operation`, as often well-formed as not."""
    shape = model.operation_model(operation).input_shape
    good = st.just({}) if shape is None else value_of(shape, names)
    return st.one_of(good, good.flatmap(mutated), good.flatmap(mutated).flatmap(mutated), st.sampled_from(ODD_VALUES))


def value_of(shape: Any, names: Names) -> st.SearchStrategy[Any]:
    """A value that the model allows."""
    match shape.type_name:
        case "structure":
            required = {name: value_of(shape.members[name], names) for name in shape.required_members}
            optional = {name: value_of(member, names) for name, member in shape.members.items() if name not in required}
            return st.fixed_dictionaries(required, optional=optional)
        case "list":
            return st.lists(value_of(shape.member, names), min_size=shape.metadata.get("min", 0), max_size=4)
        case "map":
            return st.dictionaries(value_of(shape.key, names), value_of(shape.value, names), max_size=4)
        case "string":
            return _text(shape, names)
        case "blob":
            return st.one_of(_known(shape, names), _blob(shape))
        case "integer" | "long":
            return st.integers(shape.metadata.get("min", 0), shape.metadata.get("max", 10_000))
        case "boolean":
            return st.booleans()
        case "timestamp":
            return st.floats(0, 4e9).filter(math.isfinite)
    raise AssertionError(shape.type_name)


def _known(shape: Any, names: Names) -> st.SearchStrategy[str]:
    known = names.by_shape.get(shape.name, ())
    return st.sampled_from(known) if known else st.nothing()


def _text(shape: Any, names: Names) -> st.SearchStrategy[str]:
    if shape.enum:
        return st.sampled_from(shape.enum)
    least, most = shape.metadata.get("min", 0), min(shape.metadata.get("max", 60), 60)
    plain = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=min(least, most), max_size=most)
    return st.one_of(_known(shape, names), plain)


def _blob(shape: Any) -> st.SearchStrategy[str]:
    most = min(shape.metadata.get("max", 300), 300)
    return st.binary(min_size=shape.metadata.get("min", 0), max_size=most).map(
        lambda raw: base64.b64encode(raw).decode()
    )


def mutated(value: Any) -> st.SearchStrategy[Any]:
    """`value` with one thing wrong: a member gone, of another type, out of bounds, or one more than there should be."""
    odd = st.sampled_from(ODD_VALUES)
    if not isinstance(value, dict) or not value:
        return odd
    name = st.sampled_from(sorted(value))
    return st.one_of(
        name.map(lambda gone: {key: kept for key, kept in value.items() if key != gone}),
        st.tuples(name, odd).map(lambda pair: {**value, pair[0]: pair[1]}),
        name.flatmap(lambda deeper: mutated(value[deeper]).map(lambda changed: {**value, deeper: changed})),
        odd.map(lambda extra: {**value, "NoSuchMember": extra}),
    )
