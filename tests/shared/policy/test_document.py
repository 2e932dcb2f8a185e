"""Which key policies may be stored, and how they are given back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import LimitExceeded, MalformedPolicy
from shared.policy.document import default_policy, formatted, parse, rendered
from shared.policy.lockout import require_way_back

ACCOUNT = "111122223333"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"

STATEMENT = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}

DEFAULT = """{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::111122223333:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}"""


def policy(*statements: Any, **members: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **members})


def statement(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**STATEMENT, **changes}.items() if value is not None}


def test_the_default_policy_in_the_layout_of_aws() -> None:
    assert default_policy(ACCOUNT) == rendered(None, ACCOUNT) == DEFAULT


def test_a_stored_policy_is_given_back_in_the_same_layout() -> None:
    assert rendered(json.dumps(json.loads(DEFAULT)), ACCOUNT) == DEFAULT


def test_layout_of_lists_and_empty_values() -> None:
    assert formatted({"a": ["x", 1, True, None], "b": [], "c": {}}) == (
        '{\n  "a" : [ "x", 1, true, null ],\n  "b" : [ ],\n  "c" : { }\n}'
    )


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
    assert parse(document, len(document.encode()))
    with pytest.raises(LimitExceeded):
        parse(document, len(document.encode()) - 1)


@pytest.mark.parametrize(
    "statements",
    [
        (STATEMENT,),
        (statement(Principal={"AWS": ACCOUNT}),),
        (statement(Principal={"AWS": ALICE}, Action=["kms:Decrypt", "KMS:putkeypolicy"]),),
        (statement(Principal="*", Action="*"),),
        (statement(Action="kms:P?tKey*"),),
        (statement(Action=None, NotAction="kms:Decrypt"),),
        (statement(Resource=KEY_ARN),),
        (statement(Resource="arn:aws:kms:*:111122223333:key/*"),),
        (STATEMENT, statement(Effect="Deny", Action="kms:Decrypt")),
        (STATEMENT, statement(Effect="Deny", Principal={"AWS": "arn:aws:iam::111122223333:user/bob"})),
        (STATEMENT, statement(Effect="Deny", Principal=None, NotPrincipal={"AWS": [ROOT, ALICE]})),
    ],
)
def test_policies_that_leave_a_way_back(statements: tuple[Any, ...]) -> None:
    require_way_back(parse(policy(*statements)), ACCOUNT, ALICE, KEY_ARN)


@pytest.mark.parametrize(
    "statements",
    [
        (statement(Action="kms:Decrypt"),),
        (statement(Action=["kms:Put", "kms:Get*"]),),
        (statement(Action=None),),
        (statement(Resource=None),),
        (statement(Resource=KEY_ARN.replace("1234abcd", "00000000")),),
        (statement(Principal={"AWS": "arn:aws:iam::111122223333:user/bob"}),),
        (statement(Principal={"AWS": "arn:aws:iam::444455556666:root"}),),
        (statement(Principal={"Service": "s3.amazonaws.com"}),),
        (statement(Effect="Deny"),),
        (statement(Condition={"Bool": {"aws:SecureTransport": "true"}}),),
        (statement(Action=None, NotAction="kms:Put*"),),
        (STATEMENT, statement(Effect="Deny", Principal="*", Action="kms:PutKeyPolicy")),
        (
            STATEMENT,
            statement(Effect="Deny", Principal=None, NotPrincipal={"AWS": "arn:aws:iam::111122223333:user/bob"}),
        ),
    ],
)
def test_policies_that_lock_everybody_out(statements: tuple[Any, ...]) -> None:
    with pytest.raises(MalformedPolicy) as refusal:
        require_way_back(parse(policy(*statements)), ACCOUNT, ALICE, KEY_ARN)
    assert refusal.value.message == "The new key policy will not allow you to update the key policy in the future."


def test_a_pattern_cannot_stall_the_node() -> None:
    pattern = "*a" * 5_000 + "b"
    with pytest.raises(MalformedPolicy):
        require_way_back(parse(policy(statement(Action=pattern, Resource=pattern))), ACCOUNT, ALICE, "a" * 2_000)


def test_a_text_without_end_cannot_stall_the_node() -> None:
    with pytest.raises(MalformedPolicy):
        parse('"' + '\\"' * 16_000, 64_000)


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
        statements = parse(text)
    except MalformedPolicy:
        return
    assert statements
    assert parse(rendered(text, ACCOUNT)) == statements
