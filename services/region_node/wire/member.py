"""A request or response type, read once into a list of its members.

Owns the reading of annotations: kinds of values, nesting, constraints, wire names, defaults. Decoding and encoding are
in `request_shape.py` and `response_shape.py`.
"""

import types
from typing import Annotated, Any, NamedTuple, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from services.region_node.wire.constraints import CONSTRAINTS, Constraint, EpochSeconds, PercentEncoded, Sensitive, Wire

Shape = TypeVar("Shape", bound=tuple[Any, ...])
"""A NamedTuple class. (The type system has no bound for those.)"""


class Kind(NamedTuple):
    """What one value is. `base` is str, bytes, int, float, bool, dict, tuple (a list) or a NamedTuple class.

    `element` is set for lists alone.
    """

    base: type
    element: "Kind | None"
    constraints: tuple[Constraint, ...]
    sensitive: bool
    wire: str | None
    percent_encoded: bool = False


class Member(NamedTuple):
    """One member of a type. `default` is meaningless where `required`."""

    wire_name: str
    path: str
    kind: Kind
    required: bool
    default: object


SCALARS = (str, bytes, int, float, bool)
_MARKS = (Wire, Sensitive, EpochSeconds, PercentEncoded)


def members_of(shape: type[Shape]) -> tuple[Member, ...]:
    """The members in order. Errors: TypeError for an annotation that has no form on the wire."""
    defaults = cast(Any, shape)._field_defaults
    hints = get_type_hints(shape, include_extras=True)
    return tuple(_member(name, hint, name not in defaults, defaults.get(name)) for name, hint in hints.items())


def is_structure(base: type) -> bool:
    return issubclass(base, tuple) and base is not tuple


def _member(name: str, hint: object, required: bool, default: object) -> Member:
    kind = kind_of(hint)
    wire_name = kind.wire or "".join(word.capitalize() for word in name.split("_"))
    return Member(wire_name, wire_name[:1].lower() + wire_name[1:], kind, required, default)


def kind_of(hint: object) -> Kind:
    """Errors: TypeError for an annotation that has no form on the wire."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (argument for argument in get_args(hint) if argument is not type(None))
        return kind_of(inner)
    if origin is Annotated:
        base, *marks = get_args(hint)
        return _marked(kind_of(base), tuple(marks))
    if origin is tuple:
        element, ellipsis = get_args(hint)
        if ellipsis is ...:
            return Kind(tuple, kind_of(element), (), False, None)
    if hint == dict[str, str]:
        return Kind(dict, None, (), False, None)
    if isinstance(hint, type) and (hint in SCALARS or is_structure(hint)):
        return Kind(hint, None, (), False, None)
    raise TypeError(f"{hint!r} has no form on the wire")


def _marked(kind: Kind, marks: tuple[object, ...]) -> Kind:
    wire = next((mark.name for mark in marks if isinstance(mark, Wire)), kind.wire)
    sensitive = kind.sensitive or any(isinstance(mark, Sensitive) for mark in marks)
    constraints = tuple(mark for mark in marks if isinstance(mark, CONSTRAINTS))
    unknown = [mark for mark in marks if not isinstance(mark, (*CONSTRAINTS, *_MARKS))]
    if unknown:
        raise TypeError(f"{unknown[0]!r} is no constraint")
    encoded = kind.percent_encoded or any(isinstance(mark, PercentEncoded) for mark in marks)
    return Kind(kind.base, kind.element, kind.constraints + constraints, sensitive, wire, encoded)
