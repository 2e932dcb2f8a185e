"""The condition operators: the one table.

Owns what each compares, and how a policy's values are read for it once. Sets, absent keys and negation are in
`conditions.py`: here a negated operator has the same comparison as the one that it negates.
Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import NamedTuple, TypeAlias, TypeVar

from shared.errors import MalformedPolicy
from shared.policy import typed_values
from shared.policy.arns import any_arn_of, is_arn_pattern
from shared.policy.glob import Matcher, Pieces, any_of
from shared.policy.question import Context
from shared.policy.typed_values import Number
from shared.policy.variables import Template, begins, fixed, is_fixed, resolved, resolved_text, template

Comparison: TypeAlias = Callable[[str, Context], bool]
"""Whether one of a request's values is what one of the policy's values asks for."""
Reader: TypeAlias = Callable[[tuple[str, ...], bool], Comparison]
"""Makes a comparison of a policy's values; whether variables mean something. Errors: MalformedPolicy."""
_Value = TypeVar("_Value")


class Operator(NamedTuple):
    read: Reader
    negated: bool = False


class _Form(NamedTuple):
    """How values that are texts are compared: `any_of` those that always say the same, `one` that varies by request."""

    wildcards: bool
    any_of: Callable[[Iterable[Pieces]], Matcher]
    one: Callable[[Template], Comparison]


def _texts(form: _Form) -> Reader:
    """Texts and patterns, with variables. A variable without a value leaves nothing to be equal to."""

    def read(values: tuple[str, ...], variables: bool) -> Comparison:
        templates = [template(value, wildcards=form.wildcards, variables=variables) for value in values]
        always = form.any_of(fixed(parts) for parts in templates if is_fixed(parts))
        varying = tuple(form.one(parts) for parts in templates if not is_fixed(parts))
        if not varying:
            return lambda value, _context: always(value)
        return lambda value, context: always(value) or any(compare(value, context) for compare in varying)

    return read


def _equal_to(parts: Template) -> Comparison:
    return lambda value, context: resolved_text(parts, context) == value


def _equal_to_lower(parts: Template) -> Comparison:
    def compare(value: str, context: Context) -> bool:
        text = resolved_text(parts, context)
        return text is not None and text.lower() == value

    return compare


def _like(any_matches: Callable[[Iterable[Pieces]], Matcher]) -> Callable[[Template], Comparison]:
    @lru_cache(1_000)
    def matcher_of(pattern: Pieces) -> Matcher:
        return any_matches((pattern,))

    def one(parts: Template) -> Comparison:
        def compare(value: str, context: Context) -> bool:
            if not begins(parts, value, context):
                return False
            pattern = resolved(parts, context)
            return pattern is not None and matcher_of(pattern)(value)

        return compare

    return one


def _ignoring_case(read: Reader) -> Reader:
    """What reads a policy's values in lower case, and compares with a request's in lower case."""

    def read_lower(values: tuple[str, ...], variables: bool) -> Comparison:
        compare = read(tuple(value.lower() for value in values), variables)
        return lambda value, context: compare(value.lower(), context)

    return read_lower


def _read_arns(values: tuple[str, ...], variables: bool) -> Comparison:
    for value in values:
        parts = template(value, wildcards=True, variables=variables)
        if is_fixed(parts) and value != "*" and not is_arn_pattern(parts):
            raise MalformedPolicy("Policy contains an ARN condition whose value is not an ARN.")
    return _ARNS(values, variables)


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


_EQUAL = _texts(_Form(False, any_of, _equal_to))
_EQUAL_IGNORING_CASE = _ignoring_case(_texts(_Form(False, any_of, _equal_to_lower)))
_LIKE = _texts(_Form(True, any_of, _like(any_of)))
_ARNS = _texts(_Form(True, any_arn_of, _like(any_arn_of)))
_ORDERS: Mapping[str, Callable[[Number, Number], bool]] = {
    "LessThan": lt,
    "LessThanEquals": le,
    "GreaterThan": gt,
    "GreaterThanEquals": ge,
}

OPERATORS: Mapping[str, Operator] = {
    "StringEquals": Operator(_EQUAL),
    "StringNotEquals": Operator(_EQUAL, negated=True),
    "StringEqualsIgnoreCase": Operator(_EQUAL_IGNORING_CASE),
    "StringNotEqualsIgnoreCase": Operator(_EQUAL_IGNORING_CASE, negated=True),
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
