"""Checks of conditions: keys that have no value, operators of another type, and sets that hold when they are empty.

Source: IAM User Guide, "Condition operators", "Set operators for multivalued context keys"; AWS KMS Developer Guide,
"AWS KMS condition keys".
"""

from collections.abc import Callable, Iterator, Mapping

from shared.policy.conditions import operator_name
from shared.policy.lint.absent_keys import ABSENT_KEYS, MISSPELT
from shared.policy.lint.condition_keys import condition_key
from shared.policy.lint.covering import actions_of
from shared.policy.lint.model import Finding, Placed, Severity
from shared.policy.operators import OPERATORS
from shared.policy.statement import Condition

_FAMILIES = ("String", "Numeric", "Date", "Bool", "Binary", "IpAddress", "NotIpAddress", "Arn")
_TAKES: Mapping[str, frozenset[str]] = {
    "String": frozenset({"String", "Arn"}),
    "Numeric": frozenset({"Numeric", "Date"}),
    "Date": frozenset({"Date", "Numeric", "String"}),
    "Bool": frozenset({"Bool", "String"}),
    "IpAddress": frozenset({"IpAddress", "NotIpAddress"}),
    "Arn": frozenset({"Arn", "String"}),
}
"""Type of a condition key -> the families of operators that compare it as it is meant."""


def conditions(placed: Placed) -> Iterator[Finding]:
    """Every check of every condition of a statement."""
    for condition in placed.statement.conditions:
        for check in _CHECKS:
            yield from check(placed, condition)


def _without_value(placed: Placed, condition: Condition) -> Iterator[Finding]:
    known, key = placed.linted.known, condition.key.lower()
    if not placed.linted.has_actions_of_kms or not key.startswith(("aws:", "kms:")):
        return  # other services have keys of their own
    if key not in known.condition_keys and not key.startswith(known.key_prefixes):
        absence = ABSENT_KEYS.get(key, MISSPELT)
        yield placed.finding(
            Severity.MEDIUM,
            "unknown condition key" if absence is MISSPELT else "absent condition key",
            f"{condition.key} never has a value, for {absence.reason}: {_follows(condition)}",
            absence.remedy,
        )
        return
    actions = condition_key(key).actions
    named = actions_of(placed.statement, placed.linted)
    if actions and named and named.isdisjoint(actions):
        yield placed.finding(
            Severity.MEDIUM,
            "condition key of other actions",
            f"{condition.key} has a value for other actions alone ({', '.join(actions)}): {_follows(condition)}",
            "remove the condition, or put it to those actions",
        )


def _follows(condition: Condition) -> str:
    """What a condition comes to whose key has no value."""
    name = operator_name(condition.operator)
    if condition.operator == "Null":
        holds = "true" in condition.values
    else:
        operator = OPERATORS.get(name.plain) if name else None
        holds = name is not None and (name.if_exists or name.quantifier == "ForAllValues:")
        holds = holds or (operator is not None and operator.negated and (name is None or name.quantifier is None))
    return "the condition always holds" if holds else "the statement never applies"


def _in_a_key_policy(placed: Placed, condition: Condition) -> Iterator[Finding]:
    if placed.linted.is_key_policy and condition_key(condition.key).identity_only:
        yield placed.finding(
            Severity.LOW,
            "identity policies only",
            f"{condition.key} is for identity policies: elsewhere it may have no value in a key's own policy",
            "move the condition into an identity policy",
        )


def _type(placed: Placed, condition: Condition) -> Iterator[Finding]:
    name = operator_name(condition.operator)
    wanted = condition_key(condition.key).type
    family = next((one for one in _FAMILIES if name is not None and name.plain.startswith(one)), "")
    if family and family not in _TAKES[wanted]:
        yield placed.finding(
            Severity.MEDIUM,
            "operator of another type",
            f"{condition.operator} compares {family}, and {condition.key} is {wanted}",
            f"use an operator of {wanted}",
        )


def _literal_wildcard(placed: Placed, condition: Condition) -> Iterator[Finding]:
    name = operator_name(condition.operator)
    exact = name is not None and name.plain.startswith("String") and "Equals" in name.plain
    written = [value for value in condition.values if "*" in value and "${*}" not in value]
    if exact and written:
        yield placed.finding(
            Severity.MEDIUM,
            "literal wildcard",
            f"{condition.operator} reads the * of {written[0]} as a character",
            f"use {condition.operator.replace('Equals', 'Like').replace('IgnoreCase', '')}",
        )


def _empty_set(placed: Placed, condition: Condition) -> Iterator[Finding]:
    name = operator_name(condition.operator)
    if name is None or name.quantifier != "ForAllValues:" or not placed.statement.allows:
        return
    if not any(_requires(other, condition.key) for other in placed.statement.conditions):
        yield placed.finding(
            Severity.MEDIUM,
            "ForAllValues without Null",
            f"holds for a request that has no {condition.key} at all",
            f'add "Null": {{"{condition.key}": "false"}}',
        )


def _requires(condition: Condition, key: str) -> bool:
    return condition.operator == "Null" and condition.key.lower() == key.lower() and condition.values == ("false",)


def _plain_variable(placed: Placed, condition: Condition) -> Iterator[Finding]:
    written = [value for value in condition.values if "${" in value]
    if written and not placed.linted.document.variables:
        yield placed.finding(
            Severity.MEDIUM,
            "variable as text",
            f"{written[0]} is plain text in a policy of the version of 2008",
            'write "Version": "2012-10-17"',
        )


_CHECKS: tuple[Callable[[Placed, Condition], Iterator[Finding]], ...] = (
    _without_value,
    _in_a_key_policy,
    _type,
    _literal_wildcard,
    _empty_set,
    _plain_variable,
)
