"""The condition operators: the one table.

Owns what each compares, and how a policy's values are read for it once. Sets, absent keys and negation are in
`conditions.py`: here a negated operator has the same comparison as the one that it negates.
Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from collections.abc import Callable, Iterable, Mapping
from operator import ge, gt, le, lt
from typing import NamedTuple, TypeAlias, TypeVar

from shared.errors import MalformedPolicy
from shared.policy import typed_values
from shared.policy.arns import any_arn_of, is_arn_pattern
from shared.policy.glob import Matcher, Pieces, any_of
from shared.policy.question import Context
from shared.policy.typed_values import Number
from shared.policy.variables import fixed, is_fixed, resolved, template

Comparison: TypeAlias = Callable[[str, Context], bool]
"""Whether one of a request's values is what one of the policy's values asks for."""
Reader: TypeAlias = Callable[[tuple[str, ...], bool], Comparison]
"""Makes a comparison of a policy's values; whether variables mean something. Errors: MalformedPolicy."""
_Value = TypeVar("_Value")


class Operator(NamedTuple):
    read: Reader
    negated: bool = False


def _patterns(wildcards: bool, any_matches: Callable[[Iterable[Pieces]], Matcher], lower: bool = False) -> Reader:
    """Texts and patterns, with variables. A variable without a value leaves nothing to be equal to."""

    def read(values: tuple[str, ...], variables: bool) -> Comparison:
        templates = [template(value, wildcards=wildcards, variables=variables) for value in values]
        always = any_matches(_lowered(fixed(parts), lower) for parts in templates if is_fixed(parts))
        varying = tuple(parts for parts in templates if not is_fixed(parts))

        def varies(value: str, context: Context) -> bool:
            found = (resolved(parts, context) for parts in varying)
            return always(value) or any_matches(_lowered(p, lower) for p in found if p is not None)(value)

        if varying:
            return (lambda value, context: varies(value.lower(), context)) if lower else varies
        return (lambda value, _context: always(value.lower())) if lower else (lambda value, _context: always(value))

    return read


def _lowered(pattern: Pieces, lower: bool) -> Pieces:
    return tuple(piece.lower() if isinstance(piece, str) else piece for piece in pattern) if lower else pattern


def _read_arns(values: tuple[str, ...], variables: bool) -> Comparison:
    for value in values:
        parts = template(value, wildcards=True, variables=variables)
        if is_fixed(parts) and value != "*" and not is_arn_pattern(parts):
            raise MalformedPolicy("Policy contains an ARN condition whose value is not an ARN.")
    return _patterns(True, any_arn_of)(values, variables)


def _ordered(read_value: Callable[[str], Number | None], holds: Callable[[Number, Number], bool]) -> Reader:
    def read(values: tuple[str, ...], _variables: bool) -> Comparison:
        bounds = _all(read_value, values)

        def compare(value: str, _context: Context) -> bool:
            found = read_value(value)
            return found is not None and any(holds(found, bound) for bound in bounds)

        return compare

    return read


def _equal(read_value: Callable[[str], _Value | None]) -> Reader:
    def read(values: tuple[str, ...], _variables: bool) -> Comparison:
        wanted = frozenset(_all(read_value, values))
        return lambda value, _context: read_value(value) in wanted

    return read


def _read_networks(values: tuple[str, ...], _variables: bool) -> Comparison:
    """One look-up for each length of prefix that occurs, however many networks there are."""
    networks = frozenset(_all(typed_values.network, values))
    lengths = tuple({(network.family, network.free) for network in networks})

    def compare(value: str, _context: Context) -> bool:
        found = typed_values.address(value)
        return found is not None and any(
            found[0] == family and (family, free, found[1] >> free) in networks for family, free in lengths
        )

    return compare


def _all(read_value: Callable[[str], _Value | None], values: tuple[str, ...]) -> list[_Value]:
    found = [read_value(value) for value in values]
    known = [value for value in found if value is not None]
    if len(known) != len(found):
        raise MalformedPolicy("Policy contains a condition whose value is not of its operator's type.")
    return known


_TEXTS = _patterns(False, any_of)
_TEXTS_IGNORING_CASE = _patterns(False, any_of, lower=True)
_LIKE = _patterns(True, any_of)
_ORDERS: Mapping[str, Callable[[Number, Number], bool]] = {
    "LessThan": lt,
    "LessThanEquals": le,
    "GreaterThan": gt,
    "GreaterThanEquals": ge,
}

OPERATORS: Mapping[str, Operator] = {
    "StringEquals": Operator(_TEXTS),
    "StringNotEquals": Operator(_TEXTS, negated=True),
    "StringEqualsIgnoreCase": Operator(_TEXTS_IGNORING_CASE),
    "StringNotEqualsIgnoreCase": Operator(_TEXTS_IGNORING_CASE, negated=True),
    "StringLike": Operator(_LIKE),
    "StringNotLike": Operator(_LIKE, negated=True),
    "NumericEquals": Operator(_equal(typed_values.number)),
    "NumericNotEquals": Operator(_equal(typed_values.number), negated=True),
    **{f"Numeric{name}": Operator(_ordered(typed_values.number, holds)) for name, holds in _ORDERS.items()},
    "DateEquals": Operator(_equal(typed_values.date)),
    "DateNotEquals": Operator(_equal(typed_values.date), negated=True),
    **{f"Date{name}": Operator(_ordered(typed_values.date, holds)) for name, holds in _ORDERS.items()},
    "Bool": Operator(_equal(typed_values.boolean)),
    "BinaryEquals": Operator(_equal(typed_values.binary)),
    "IpAddress": Operator(_read_networks),
    "NotIpAddress": Operator(_read_networks, negated=True),
    "ArnEquals": Operator(_read_arns),
    "ArnLike": Operator(_read_arns),
    "ArnNotEquals": Operator(_read_arns, negated=True),
    "ArnNotLike": Operator(_read_arns, negated=True),
}
"""All but `Null`, which compares nothing."""
