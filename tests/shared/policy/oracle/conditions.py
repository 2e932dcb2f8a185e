"""Condition blocks: every operator, with `IfExists` and the set operators.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators"; "Set operators for multivalued context keys".
"""

import operator
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Any, NamedTuple, TypeAlias

from shared.policy.question import Context
from tests.shared.policy.oracle import typed
from tests.shared.policy.oracle.patterns import arn_matches, expand, matches

Compare: TypeAlias = Callable[[str, str, Context | None], bool]
"""The policy's value, the request's value, and the context where variables count."""
Network: TypeAlias = IPv4Network | IPv6Network


class Operator(NamedTuple):
    compare: Compare
    negated: bool
    check: Callable[[str], object]
    """Raises ValueError for a value that a policy must not have."""


def _string(wildcards: bool, fold: bool) -> Compare:
    def compare(value: str, request: str, context: Context | None) -> bool:
        tokens = expand(value, context, wildcards)
        if tokens is None:
            return False
        if fold:
            return matches([_lower(token) if isinstance(token, str) else token for token in tokens], _lower(request))
        return matches(tokens, request)

    return compare


def _lower(text: str) -> str:
    return text.lower()


def _ordered(read: Callable[[str], Any], holds: Callable[[Any, Any], bool]) -> Compare:
    def compare(value: str, request: str, context: Context | None) -> bool:
        try:
            return holds(read(request), read(value))
        except ValueError:
            return False

    return compare


def _in_network(request: Network, policy: Network) -> bool:
    if isinstance(request, IPv4Network) and isinstance(policy, IPv4Network):
        return request.subnet_of(policy)
    return isinstance(request, IPv6Network) and isinstance(policy, IPv6Network) and request.subnet_of(policy)


def _text(value: str) -> str:
    return value


OPERATORS: dict[str, Operator] = {
    "StringEquals": Operator(_string(False, False), False, _text),
    "StringNotEquals": Operator(_string(False, False), True, _text),
    "StringEqualsIgnoreCase": Operator(_string(False, True), False, _text),
    "StringNotEqualsIgnoreCase": Operator(_string(False, True), True, _text),
    "StringLike": Operator(_string(True, False), False, _text),
    "StringNotLike": Operator(_string(True, False), True, _text),
    "Bool": Operator(_ordered(typed.truth, operator.eq), False, typed.truth),
    "BinaryEquals": Operator(_ordered(typed.octets, operator.eq), False, typed.octets),
    "IpAddress": Operator(_ordered(typed.network, _in_network), False, typed.network),
    "NotIpAddress": Operator(_ordered(typed.network, _in_network), True, typed.network),
    "ArnEquals": Operator(lambda value, request, context: arn_matches(value, context, request), False, typed.arn),
    "ArnLike": Operator(lambda value, request, context: arn_matches(value, context, request), False, typed.arn),
    "ArnNotEquals": Operator(lambda value, request, context: arn_matches(value, context, request), True, typed.arn),
    "ArnNotLike": Operator(lambda value, request, context: arn_matches(value, context, request), True, typed.arn),
}
for _family, _read in (("Numeric", typed.number), ("Date", typed.instant)):
    OPERATORS[_family + "Equals"] = Operator(_ordered(_read, operator.eq), False, _read)
    OPERATORS[_family + "NotEquals"] = Operator(_ordered(_read, operator.eq), True, _read)
    OPERATORS[_family + "LessThan"] = Operator(_ordered(_read, operator.lt), False, _read)
    OPERATORS[_family + "LessThanEquals"] = Operator(_ordered(_read, operator.le), False, _read)
    OPERATORS[_family + "GreaterThan"] = Operator(_ordered(_read, operator.gt), False, _read)
    OPERATORS[_family + "GreaterThanEquals"] = Operator(_ordered(_read, operator.ge), False, _read)

ConditionBlock: TypeAlias = Mapping[str, Mapping[str, list[str]]]


def split(name: str) -> tuple[str, str, bool]:
    """Of `ForAllValues:StringLikeIfExists`: "ForAllValues", "StringLike", True."""
    set_operator, _colon, simple = name.rpartition(":")
    return set_operator, simple.removesuffix("IfExists"), simple.endswith("IfExists")


def holds(block: ConditionBlock, context: Context, variables: bool) -> bool:
    for name, keys in block.items():
        for key, values in keys.items():
            if not _key_holds(name, values, context.get(key.lower()), context if variables else None):
                return False
    return True


def _key_holds(name: str, values: list[str], found: str | tuple[str, ...] | None, context: Context | None) -> bool:
    requests = () if found is None else (found,) if isinstance(found, str) else found
    if name == "Null":
        return any(typed.truth(value) is (not requests) for value in values)
    set_operator, simple, if_exists = split(name)
    compare, negated, _ = OPERATORS[simple]
    if not requests:
        return if_exists or set_operator == "ForAllValues" or (negated and not set_operator)
    answers = [any(compare(value, request, context) for value in values) is not negated for request in requests]
    every = set_operator == "ForAllValues" or (negated and not set_operator)
    return all(answers) if every else any(answers)
