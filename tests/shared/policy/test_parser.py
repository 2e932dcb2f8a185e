"""Which policies may be stored."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import LimitExceeded, MalformedPolicy
from shared.policy.document import rendered
from shared.policy.document_kinds import (
    GROUP_POLICY,
    KEY_POLICY,
    MANAGED_POLICY,
    ROLE_POLICY,
    SERVICE_CONTROL_POLICY,
    SESSION_POLICY,
    TRUST_POLICY,
    USER_POLICY,
    DocumentKind,
)
from shared.policy.parser import MAXIMUM_STATEMENTS, parse
from tests.shared.policy.policies import ACCOUNT, ALICE, ROOT, STATEMENT, policy, statement


@pytest.mark.parametrize(
    "document",
    [
        policy(STATEMENT),
        policy(STATEMENT, Id="any"),
        json.dumps({"Statement": STATEMENT}),
        policy(statement(Action=None)),
        policy(statement(Resource=None)),
        policy(statement(Effect="Deny", Principal=None, NotPrincipal={"AWS": [ROOT, ALICE]})),
        policy(statement(Action=None, NotAction=["kms:Decrypt"])),
        policy(statement(Principal="*", Condition={"StringEquals": {"kms:CallerAccount": [ACCOUNT]}})),
        policy(statement(Principal={"AWS": ACCOUNT, "Service": "s3.amazonaws.com"})),
        policy(
            statement(Principal={"AWS": [f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/session", "AROAEXAMPLE12345"]})
        ),
    ],
)
def test_documents_that_may_be_stored(document: str) -> None:
    assert parse(document)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "null",
        "{",
        '{"Version": "2012-10-17"}',
        '{"Statement": []}',
        '{"Statement": "x"}',
        '{"Statement": [1]}',
        policy(STATEMENT, Version="2013-01-01"),
        policy(STATEMENT, Version=["2012-10-17"]),
        policy(STATEMENT, Id=1),
        policy(STATEMENT, Extra="x"),
        policy(statement(Effect="allow")),
        policy(statement(Effect=None)),
        policy(statement(Effect=["Allow"])),
        policy(statement(Sid=1)),
        policy(statement(Extra="x")),
        policy(statement(Principal=None)),
        policy(statement(Principal={})),
        policy(statement(Principal="alice")),
        policy(statement(NotPrincipal={"AWS": ROOT})),
        policy(statement(Principal=None, NotPrincipal={"AWS": ROOT})),
        policy(statement(Action=[])),
        policy(statement(Action=[1])),
        policy(statement(Action="")),
        policy(statement(NotAction="kms:Decrypt")),
        policy(statement(Resource={"a": "b"})),
        policy(statement(Condition="x")),
        policy(statement(Condition={"StringEquals": "x"})),
        policy(statement(Condition={"StringEquals": {"a": {"b": "c"}}})),
        policy(STATEMENT).replace('"Effect"', '"Effect": "Deny", "Effect"'),
        policy(statement(Condition={"StringEquals": {"aws:username": "a", "aws:UserName": "b"}})),
        policy(statement(Condition={"NumericEquals": {"a": float("nan")}})),
        policy(statement(Condition={"NumericEquals": {"a": float("inf")}})),
        policy(statement(Condition={"NumericEquals": {"a": 12345}})).replace("12345", "1e999"),
        policy(statement(Condition={"NumericEquals": {"a": 12345}})).replace("12345", "9" * 5000),
        policy(STATEMENT) + "x",
        policy(statement(Sid="caf\u0101")).replace("\\u0101", "\u0101"),
        policy(statement(Sid="x")).replace("x", "\\u0000").replace("\\u0000", "\x00"),
        "[" * 30_000,
        '{"a":' * 3_000,
    ],
)
def test_documents_that_may_not_be_stored(document: str) -> None:
    with pytest.raises(MalformedPolicy) as refusal:
        parse(document)
    assert refusal.value.message


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": "arn:aws:iam::111122223333:group/admins"},
        {"AWS": "arn:aws:iam::111122223333:user/*"},
        {"AWS": "1234"},
        {"Nobody": "x"},
        {"Service": "*"},
    ],
)
def test_principals_that_do_not_exist(principal: dict[str, str]) -> None:
    with pytest.raises(MalformedPolicy) as refusal:
        parse(policy(statement(Principal=principal)))
    assert refusal.value.message == "Policy contains a statement with one or more invalid principals."


def test_brackets_inside_texts_are_no_nesting() -> None:
    assert parse(policy(statement(Sid="[" * 100 + '\\"{')))


def test_the_size_limit_counts_bytes() -> None:
    document = policy(statement(Sid="\u00e9" * 100)).replace("\\u00e9", "\u00e9")
    assert parse(document, KEY_POLICY, len(document.encode()))
    with pytest.raises(LimitExceeded):
        parse(document, KEY_POLICY, len(document.encode()) - 1)


def test_a_text_without_end_cannot_stall_the_node() -> None:
    with pytest.raises(MalformedPolicy):
        parse('"' + '\\"' * 16_000, KEY_POLICY, 64_000)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([ROOT, "*", "kms:*", "Allow"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from([*STATEMENT]), inner),
    max_leaves=10,
)


@given(st.text() | VALUES.map(json.dumps) | st.fixed_dictionaries({"Statement": VALUES}).map(json.dumps))
def test_any_other_text_is_refused_in_one_way(text: str) -> None:
    try:
        document = parse(text)
    except MalformedPolicy:
        return
    assert document.statements
    assert parse(rendered(text, ACCOUNT)) == document


PLAIN = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"}
KIND_OF = {
    "key": KEY_POLICY,
    "trust": TRUST_POLICY,
    "managed": MANAGED_POLICY,
    "session": SESSION_POLICY,
    "control": SERVICE_CONTROL_POLICY,
}


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("managed", PLAIN),
        ("session", PLAIN),
        ("control", {**PLAIN, "Effect": "Deny"}),
        ("managed", {"Effect": "Deny", "NotAction": ["iam:*"], "NotResource": "arn:aws:kms:*:*:key/*"}),
        ("managed", {**PLAIN, "Sid": "Alphanumeric1"}),
        ("managed", {**PLAIN, "Action": ["*", "*:*", "KMS:enc?ypt*"]}),
        ("managed", {**PLAIN, "Resource": "arn:aws:kms:*:*:key/${aws:PrincipalTag/key}"}),
        ("managed", {**PLAIN, "Resource": "arn:aws:kms:eu-*"}),
        ("trust", TRUST),
        (
            "trust",
            {**TRUST, "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": {"Service": "ec2.amazonaws.com"}},
        ),
        ("trust", {**TRUST, "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/idp.example.com"}}),
        ("key", {**PLAIN, "Principal": "*", "Sid": "with spaces"}),
    ],
)
def test_what_each_kind_may_have(kind: str, members: dict[str, Any]) -> None:
    assert parse(policy(members), KIND_OF[kind])


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("managed", {**PLAIN, "Principal": "*"}),
        ("managed", {**PLAIN, "NotPrincipal": "*", "Effect": "Deny"}),
        ("session", {**PLAIN, "Principal": "*"}),
        ("control", {**PLAIN, "Principal": "*"}),
        ("managed", {"Effect": "Allow", "Action": "kms:*"}),
        ("managed", {"Effect": "Allow", "Resource": "*"}),
        ("managed", {**PLAIN, "Sid": "with spaces"}),
        ("managed", {**PLAIN, "Action": "Encrypt"}),
        ("managed", {**PLAIN, "Action": "kms:"}),
        ("managed", {**PLAIN, "Action": "k*:Encrypt"}),
        ("managed", {**PLAIN, "Action": "kms:${aws:username}"}),
        ("managed", {**PLAIN, "Resource": "key/*"}),
        ("managed", {**PLAIN, "Resource": "arn:aws:*"}),
        ("managed", {**PLAIN, "Resource": "arn:aws:kms:eu-west-1"}),
        ("managed", {**PLAIN, "Resource": "arn:aws:kms:*:${aws:PrincipalAccount}:key/*"}),
        ("managed", {**PLAIN, "Resource": "${aws:PrincipalArn}"}),
        ("managed", {**PLAIN, "Resource": "arn:aws:kms:*:*:key/${aws:username"}),
        ("managed", {**PLAIN, "Condition": {"StringMatches": {"aws:username": "a"}}}),
        ("trust", {**TRUST, "Resource": "*"}),
        ("trust", {**TRUST, "Action": "kms:Encrypt"}),
        ("trust", {**TRUST, "Action": "*"}),
        ("trust", {"Effect": "Allow", "Action": "sts:AssumeRole"}),
        ("trust", {"Effect": "Allow", "Principal": {"AWS": ROOT}}),
        ("key", PLAIN),
    ],
)
def test_what_each_kind_may_not_have(kind: str, members: dict[str, Any]) -> None:
    with pytest.raises(MalformedPolicy):
        parse(policy(members), KIND_OF[kind])


def test_two_statements_of_an_iam_policy_have_no_common_sid() -> None:
    twice = policy({**PLAIN, "Sid": "A"}, {**PLAIN, "Sid": "A"})
    with pytest.raises(MalformedPolicy):
        parse(twice, MANAGED_POLICY)
    assert parse(policy({**STATEMENT, "Sid": "A"}, {**STATEMENT, "Sid": "A"}), KEY_POLICY)


def test_statements_are_bounded() -> None:
    nothing = {"Effect": "Deny", "Principal": "*"}
    assert parse(policy(*[nothing] * MAXIMUM_STATEMENTS))
    with pytest.raises(MalformedPolicy):
        parse(policy(*[nothing] * (MAXIMUM_STATEMENTS + 1)))


@pytest.mark.parametrize(
    ("kind", "counts_white_space"),
    [
        (KEY_POLICY, True),
        (SESSION_POLICY, True),
        (SERVICE_CONTROL_POLICY, True),
        (MANAGED_POLICY, False),
        (TRUST_POLICY, False),
        (USER_POLICY, False),
        (GROUP_POLICY, False),
        (ROLE_POLICY, False),
    ],
)
def test_each_kind_counts_its_size(kind: DocumentKind, counts_white_space: bool) -> None:
    members = TRUST if kind is TRUST_POLICY else STATEMENT if kind is KEY_POLICY else PLAIN
    bare = policy(members).replace(" ", "")
    fitting = bare + " " * (kind.maximum - len(bare))
    assert parse(fitting, kind)
    if counts_white_space:
        with pytest.raises(LimitExceeded):
            parse(fitting + " ", kind)
    else:
        assert parse(fitting + " ", kind)
        assert kind.size(fitting) == len(bare)


def test_the_values_of_conditions_are_texts() -> None:
    condition = {"NumericEquals": {"aws:x": [7, 1.5]}, "Bool": {"aws:y": True}, "StringEquals": {"aws:z": 111122223333}}
    document = parse(policy(statement(Condition=condition)))
    assert [c.values for c in document.statements[0].conditions] == [("7", "1.5"), ("true",), ("111122223333",)]


def test_variables_come_with_the_version_of_2012() -> None:
    assert parse(policy(STATEMENT)).variables
    assert not parse(policy(STATEMENT, Version="2008-10-17")).variables
    assert not parse(json.dumps({"Statement": STATEMENT})).variables
