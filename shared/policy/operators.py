"""The condition operators: the one table.

Owns what each compares, and how a policy's values are read for it once. Sets, absent keys and negation are in
`conditions.py`: here a negated operator has the same comparison as the one that it negates.
Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import NamedTuple, TypeVar

from shared.errors import MalformedPolicy
from shared.policy import typed_values
from shared.policy.question import Context
from shared.policy.text_comparisons import (
    Comparison,
    Reader,
    arn_patterns,
    equal_texts,
    equal_texts_ignoring_case,
    patterns,
)
from shared.policy.typed_values import Number

_Value = TypeVar("_Value")


class Operator(NamedTuple):
    read: Reader
    negated: bool = False


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
    free_bits = {family: {network.free for network in networks if network.family == family} for family in (4, 6)}

    def compare(value: str, _context: Context) -> bool:
        family, bits = typed_values.address(value) or (0, 0)
        for free in free_bits.get(family, ()):  # noqa: SIM110 (a generator takes longer than the look-up)
            if (family, free, bits >> free) in networks:
                return True
        return False

    return compare


def _all(read_value: Callable[[str], _Value | None], values: tuple[str, ...]) -> list[_Value]:
    found = [read_value(value) for value in values]
    known = [value for value in found if value is not None]
    if len(known) != len(found):
        raise MalformedPolicy("Policy contains a condition whose value is not of its operator's type.")
    return known


_ORDERS: Mapping[str, Callable[[Number, Number], bool]] = {
    "LessThan": lt,
    "LessThanEquals": le,
    "GreaterThan": gt,
    "GreaterThanEquals": ge,
}

OPERATORS: Mapping[str, Operator] = {
    "StringEquals": Operator(equal_texts),
    "StringNotEquals": Operator(equal_texts, negated=True),
    "StringEqualsIgnoreCase": Operator(equal_texts_ignoring_case),
    "StringNotEqualsIgnoreCase": Operator(equal_texts_ignoring_case, negated=True),
    "StringLike": Operator(patterns),
    "StringNotLike": Operator(patterns, negated=True),
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
    "ArnEquals": Operator(arn_patterns),
    "ArnLike": Operator(arn_patterns),
    "ArnNotEquals": Operator(arn_patterns, negated=True),
    "ArnNotLike": Operator(arn_patterns, negated=True),
}
"""All but `Null`, which compares nothing."""
