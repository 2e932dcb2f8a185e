"""Every condition operator, with its sets, absent keys, negations and variables.

Cases follow the IAM User Guide: "Condition operators", "Set operators for multivalued context keys", "Variables".
"""

import base64

import pytest

from shared.errors import MalformedPolicy
from shared.policy.conditions import test_of as condition_test
from shared.policy.operators import OPERATORS
from shared.policy.statement import Condition

KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/a"
CONTEXT: dict[str, str | tuple[str, ...]] = {
    "aws:username": "alice",
    "aws:principaltag/team": "Payments",
    "aws:star": "*",
    "aws:empty": "",
    "aws:none": (),
    "aws:tagkeys": ("a", "b"),
    "aws:sourceip": "10.1.2.3",
    "aws:six": "2001:db8::1",
    "aws:currenttime": "2026-11-26T19:00:00Z",
    "aws:epochtime": "1795719600",
    "aws:securetransport": "true",
    "aws:sourcearn": KEY_ARN,
    "kms:days": "7",
    "kms:blob": base64.b64encode(b"hi").decode(),
    "kms:numbers": ("1", "2"),
}


def holds(operator: str, key: str, *values: str, variables: bool = True) -> bool:
    return condition_test(Condition(operator, key, values), variables)(CONTEXT)


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("StringEquals", "aws:username", ("alice",), True),
        ("StringEquals", "AWS:UserName", ("alice",), True),
        ("StringEquals", "aws:username", ("bob", "alice"), True),
        ("StringEquals", "aws:username", ("Alice",), False),
        ("StringEquals", "aws:username", ("ali*",), False),
        ("StringEquals", "aws:empty", ("",), True),
        ("StringEquals", "aws:absent", ("",), False),
        ("StringEqualsIfExists", "aws:absent", ("x",), True),
        ("StringEqualsIfExists", "aws:username", ("x",), False),
        ("StringNotEquals", "aws:username", ("bob", "carol"), True),
        ("StringNotEquals", "aws:username", ("bob", "alice"), False),
        ("StringNotEquals", "aws:absent", ("x",), True),
        ("StringNotEqualsIfExists", "aws:absent", ("x",), True),
        ("StringEqualsIgnoreCase", "aws:username", ("ALICE",), True),
        ("StringNotEqualsIgnoreCase", "aws:username", ("ALICE",), False),
        ("StringNotEqualsIgnoreCase", "aws:username", ("x",), True),
        ("StringLike", "aws:username", ("al?c*",), True),
        ("StringLike", "aws:username", ("AL*",), False),
        ("StringNotLike", "aws:username", ("al*", "x"), False),
        ("StringNotLike", "aws:absent", ("*",), True),
        ("NumericEquals", "kms:days", ("7.0",), True),
        ("NumericNotEquals", "kms:days", ("7", "8"), False),
        ("NumericNotEquals", "kms:days", ("8",), True),
        ("NumericLessThan", "kms:days", ("7", "8"), True),
        ("NumericLessThan", "kms:days", ("7",), False),
        ("NumericLessThanEquals", "kms:days", ("7",), True),
        ("NumericGreaterThan", "kms:days", ("6.999",), True),
        ("NumericGreaterThan", "kms:days", ("7",), False),
        ("NumericGreaterThanEquals", "kms:days", ("7",), True),
        ("NumericLessThan", "kms:days", ("10",), True),
        ("NumericEquals", "aws:username", ("7",), False),
        ("NumericNotEquals", "aws:username", ("7",), True),
        ("NumericLessThan", "aws:username", ("7",), False),
        ("DateEquals", "aws:currenttime", ("2026-11-26T20:00:00+01:00",), True),
        ("DateEquals", "aws:currenttime", ("1795719600",), True),
        ("DateEquals", "aws:epochtime", ("2026-11-26T19:00:00Z",), True),
        ("DateNotEquals", "aws:currenttime", ("2026-11-26",), True),
        ("DateLessThan", "aws:currenttime", ("2026-11-27",), True),
        ("DateLessThan", "aws:currenttime", ("2026-11-26",), False),
        ("DateLessThanEquals", "aws:currenttime", ("2026-11-26T19:00:00Z",), True),
        ("DateGreaterThan", "aws:currenttime", ("2026-11-26T18:59:59.999Z",), True),
        ("DateGreaterThanEquals", "aws:currenttime", ("2026-11-26T19:00:00Z",), True),
        ("Bool", "aws:securetransport", ("true",), True),
        ("Bool", "aws:securetransport", ("TRUE",), True),
        ("Bool", "aws:securetransport", ("false",), False),
        ("Bool", "aws:absent", ("false",), False),
        ("BoolIfExists", "aws:absent", ("false",), True),
        ("BinaryEquals", "kms:blob", ("aGk=",), True),
        ("BinaryEquals", "kms:blob", ("aGo=",), False),
        ("IpAddress", "aws:sourceip", ("10.0.0.0/8",), True),
        ("IpAddress", "aws:sourceip", ("10.1.2.3",), True),
        ("IpAddress", "aws:sourceip", ("2001:db8::/32", "10.1.2.0/24"), True),
        ("IpAddress", "aws:sourceip", ("11.0.0.0/8",), False),
        ("IpAddress", "aws:six", ("2001:db8::/32",), True),
        ("IpAddress", "aws:username", ("0.0.0.0/0", "::/0"), False),
        ("NotIpAddress", "aws:sourceip", ("11.0.0.0/8",), True),
        ("NotIpAddress", "aws:sourceip", ("11.0.0.0/8", "10.0.0.0/8"), False),
        ("NotIpAddress", "aws:absent", ("0.0.0.0/0",), True),
        ("ArnEquals", "aws:sourcearn", ("arn:aws:kms:*:111122223333:key/*",), True),
        ("ArnLike", "aws:sourcearn", ("arn:aws:kms:*:111122223333:key/*",), True),
        ("ArnLike", "aws:sourcearn", ("arn:aws:kms:*:*:alias/*",), False),
        ("ArnLike", "aws:username", ("*",), True),
        ("ArnNotEquals", "aws:sourcearn", (KEY_ARN,), False),
        ("ArnNotLike", "aws:sourcearn", ("arn:aws:s3:*:*:*",), True),
        ("ArnNotLike", "aws:absent", (KEY_ARN,), True),
        ("Null", "aws:absent", ("true",), True),
        ("Null", "aws:absent", ("false",), False),
        ("Null", "aws:username", ("true",), False),
        ("Null", "aws:username", ("false",), True),
        ("Null", "aws:none", ("true",), True),
        ("Null", "aws:empty", ("true",), False),
        ("Null", "aws:absent", ("true", "false"), True),
    ],
)
def test_operators(operator: str, key: str, values: tuple[str, ...], expected: bool) -> None:
    assert holds(operator, key, *values) is expected


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("ForAllValues:StringEquals", "aws:tagkeys", ("a", "b", "c"), True),
        ("ForAllValues:StringEquals", "aws:tagkeys", ("a",), False),
        ("ForAllValues:StringEquals", "aws:absent", ("a",), True),
        ("ForAllValues:StringEquals", "aws:none", ("a",), True),
        ("ForAllValues:StringEquals", "aws:username", ("alice",), True),
        ("ForAllValues:StringNotEquals", "aws:tagkeys", ("c",), True),
        ("ForAllValues:StringNotEquals", "aws:tagkeys", ("b",), False),
        ("ForAllValues:StringNotEquals", "aws:absent", ("b",), True),
        ("ForAllValues:StringLike", "aws:tagkeys", ("?",), True),
        ("ForAnyValue:StringEquals", "aws:tagkeys", ("b", "z"), True),
        ("ForAnyValue:StringEquals", "aws:tagkeys", ("z",), False),
        ("ForAnyValue:StringEquals", "aws:absent", ("z",), False),
        ("ForAnyValue:StringEquals", "aws:none", ("z",), False),
        ("ForAnyValue:StringEqualsIfExists", "aws:absent", ("z",), True),
        ("ForAnyValue:StringNotEquals", "aws:tagkeys", ("a",), True),
        ("ForAnyValue:StringNotEquals", "aws:tagkeys", ("a", "b"), False),
        ("ForAnyValue:StringNotEquals", "aws:absent", ("a",), False),
        ("ForAnyValue:NumericLessThan", "kms:numbers", ("2",), True),
        ("ForAllValues:NumericLessThan", "kms:numbers", ("2",), False),
        ("StringEquals", "aws:tagkeys", ("a",), True),
        ("StringNotEquals", "aws:tagkeys", ("a",), False),
        ("StringNotEquals", "aws:tagkeys", ("z",), True),
        ("StringEquals", "aws:none", ("a",), False),
        ("StringEqualsIfExists", "aws:none", ("a",), True),
    ],
)
def test_sets(operator: str, key: str, values: tuple[str, ...], expected: bool) -> None:
    assert holds(operator, key, *values) is expected


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        ("StringEquals", "aws:username", "${aws:username}", True),
        ("StringEquals", "aws:username", "al${aws:absent, 'ice'}", True),
        ("StringEquals", "aws:username", "${aws:absent}", False),
        ("StringNotEquals", "aws:username", "${aws:absent}", True),
        ("StringEquals", "aws:username", "${aws:TagKeys}", False),
        ("StringEquals", "aws:star", "${*}", True),
        ("StringLike", "aws:username", "${*}", False),
        ("StringLike", "aws:star", "${*}", True),
        ("StringLike", "aws:username", "${aws:star}", False),
        ("StringLike", "aws:username", "${aws:star}*", False),
        ("StringLike", "aws:username", "*${aws:star}", False),
        ("StringLike", "aws:username", "${aws:username}*", True),
        ("StringLike", "aws:username", "?${aws:absent, 'li'}*", True),
        ("StringNotLike", "aws:username", "*${aws:username}*", False),
        ("StringEqualsIgnoreCase", "aws:principaltag/team", "${aws:PrincipalTag/TEAM}", True),
        ("StringEqualsIgnoreCase", "aws:username", "${aws:absent, 'ALICE'}", True),
        ("StringEqualsIgnoreCase", "aws:empty", "${aws:absent}", False),
        ("ArnLike", "aws:sourcearn", "${aws:SourceArn}", True),
        ("ArnLike", "aws:sourcearn", "arn:aws:kms:*:${aws:absent, '111122223333'}:key/*", True),
        ("ArnLike", "aws:sourcearn", "${aws:star}", False),
        ("ArnLike", "aws:sourcearn", "arn:aws:kms:${aws:star}:111122223333:key/a", False),
    ],
)
def test_variables(operator: str, key: str, value: str, expected: bool) -> None:
    assert holds(operator, key, value) is expected


def test_variables_mean_nothing_before_2012() -> None:
    assert not holds("StringEquals", "aws:username", "${aws:username}", variables=False)
    assert holds("StringEquals", "aws:username", "${aws", "alice", variables=False)


def test_a_negation_is_the_opposite_wherever_the_key_has_a_value() -> None:
    pairs = {
        "StringNotEquals": "StringEquals",
        "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
        "StringNotLike": "StringLike",
        "NumericNotEquals": "NumericEquals",
        "DateNotEquals": "DateEquals",
        "NotIpAddress": "IpAddress",
        "ArnNotEquals": "ArnEquals",
        "ArnNotLike": "ArnLike",
    }
    assert {name for name, operator in OPERATORS.items() if operator.negated} == set(pairs)
    assert all(OPERATORS[negated].read is OPERATORS[name].read for negated, name in pairs.items() if "Str" in name)


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("stringEquals", "aws:x", "a"),
        ("StringMatches", "aws:x", "a"),
        ("", "aws:x", "a"),
        ("IfExists", "aws:x", "a"),
        ("NullIfExists", "aws:x", "true"),
        ("ForAllValues:Null", "aws:x", "true"),
        ("ForSomeValues:StringEquals", "aws:x", "a"),
        ("ForAllValues:ForAnyValue:StringEquals", "aws:x", "a"),
        ("StringEqualsIfExistsIfExists", "aws:x", "a"),
        ("StringEquals", "username", "a"),
        ("StringEquals", ":username", "a"),
        ("StringEquals", "aws:", "a"),
        ("StringEquals", "a ws:x", "a"),
        ("StringEquals", "aws:x", "${aws:x"),
        ("NumericEquals", "aws:x", "seven"),
        ("NumericEquals", "aws:x", "${aws:x}"),
        ("DateLessThan", "aws:x", "tomorrow"),
        ("Bool", "aws:x", "yes"),
        ("Null", "aws:x", "maybe"),
        ("BinaryEquals", "aws:x", "!"),
        ("IpAddress", "aws:x", "10.0.0.0/64"),
        ("ArnLike", "aws:x", "alice"),
    ],
)
def test_what_is_not_understood_is_refused(operator: str, key: str, value: str) -> None:
    with pytest.raises(MalformedPolicy):
        holds(operator, key, value)
    with pytest.raises(MalformedPolicy):
        condition_test(Condition(operator, key, ("true", value)), True)
