"""Conditions as tests of a request's context.

Owns what an operator's name says beside the comparison: `ForAllValues:` and `ForAnyValue:`, `IfExists`, negation,
`Null`, and what holds of a key that the request does not have. A multivalued key without a set operator holds where any
of its values does, or, negated, where none does.
Source: IAM User Guide, "Set operators for multivalued context keys" and "Condition operators".
"""

import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from shared.errors import MalformedPolicy
from shared.policy.operators import OPERATORS
from shared.policy.question import Context
from shared.policy.statement import Condition
from shared.policy.text_comparisons import Comparison
from shared.policy.typed_values import boolean
from shared.policy.variables import varies

Test: TypeAlias = Callable[[Context], bool]

_NAME = re.compile(r"(ForAllValues:|ForAnyValue:)?([A-Za-z]+?)(IfExists)?")
_KEY = re.compile(r"[\x21-\x39\x3b-\x7e]+:[^\x00-\x1f\x7f]+")


class OperatorName(NamedTuple):
    """What an operator's name says. `quantifier`: `ForAllValues:`, `ForAnyValue:` or None."""

    quantifier: str | None
    plain: str
    if_exists: bool


def operator_name(text: str) -> OperatorName | None:
    """None for what is no operator's name."""
    name = _NAME.fullmatch(text)
    return None if name is None else OperatorName(name[1], name[2], name[3] is not None)


def test_of(condition: Condition, variables: bool) -> Test:
    """What tells whether the condition holds. Errors: MalformedPolicy for what is not understood."""
    name = operator_name(condition.operator)
    if _KEY.fullmatch(condition.key) is None:
        raise MalformedPolicy("Policy contains a condition key that is not one.")
    if condition.operator == "Null":
        return _null(condition)
    operator = OPERATORS.get(name.plain) if name else None
    if name is None or operator is None:
        raise MalformedPolicy(f"Policy contains the invalid condition operator {condition.operator}.")
    compare = operator.read(condition.values, variables)
    return _QUANTIFIED[name.quantifier](condition.key.lower(), compare, operator.negated, name.if_exists)


def comparisons_of(condition: Condition, variables: bool) -> int:
    """With how much each value of the request is compared: what has variables takes a comparison of its own."""
    return 1 + sum(variables and varies(value) for value in condition.values)


def _null(condition: Condition) -> Test:
    wanted = {boolean(value) for value in condition.values}
    if None in wanted:
        raise MalformedPolicy("Policy contains a Null condition whose value is not true or false.")
    key = condition.key.lower()
    return lambda context: (context.get(key, ()) == ()) in wanted


def _plain(key: str, compare: Comparison, negated: bool, if_exists: bool) -> Test:
    absent = negated or if_exists

    def test(context: Context) -> bool:
        value = context.get(key)
        if isinstance(value, str):
            return compare(value, context) is not negated
        if not value:
            return absent
        return any(compare(one, context) for one in value) is not negated

    return test


def _for_all(key: str, compare: Comparison, negated: bool, _if_exists: bool) -> Test:
    return lambda context: all(compare(value, context) is not negated for value in _values(context, key))


def _for_any(key: str, compare: Comparison, negated: bool, if_exists: bool) -> Test:
    def test(context: Context) -> bool:
        values = _values(context, key)
        return any(compare(value, context) is not negated for value in values) if values else if_exists

    return test


def _values(context: Context, key: str) -> tuple[str, ...]:
    value = context.get(key, ())
    return (value,) if isinstance(value, str) else value


_QUANTIFIED = {None: _plain, "ForAllValues:": _for_all, "ForAnyValue:": _for_any}
