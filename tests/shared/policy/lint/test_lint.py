"""What is found in a policy, and what is not."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared.policy.lint.lint import lint
from shared.policy.lint.model import WHOLE, Finding, Known, Severity
from shared.policy.question import PolicyKind, PolicyText
from tests.shared.policy.policies import ACCOUNT, ALICE, BOB, KEY_ARN, OTHER_ACCOUNT, ROOT, policy, statement
from tests.shared.policy.why.questions import allow, deny

KNOWN = Known(
    actions=frozenset(
        f"kms:{name}"
        for name in ("Encrypt", "Decrypt", "CreateKey", "ListKeys", "PutKeyPolicy", "RetireGrant", "Sign")
    ),
    account_actions=frozenset({"kms:CreateKey", "kms:ListKeys"}),
    condition_keys=frozenset(
        {
            "aws:principalarn", "aws:securetransport", "aws:sourceip", "aws:currenttime", "aws:username",
            "kms:calleraccount", "kms:encryptioncontextkeys", "kms:resourcealiases", "kms:signingalgorithm",
        }
    ),
    key_prefixes=("kms:encryptioncontext:", "aws:resourcetag/"),
    exists={ALICE: True, ROOT: True, ACCOUNT: True, BOB: False}.get,
)  # fmt: skip
ENABLE = statement()
OTHER = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
TO_ALICE = {"Principal": {"AWS": ALICE}, "Action": "kms:Encrypt"}


def found(*statements: Any, kind: PolicyKind = PolicyKind.RESOURCE, **members: Any) -> list[Finding]:
    text = PolicyText(kind, "the policy", policy(*statements, **members))
    return list(lint(text, ACCOUNT, KEY_ARN if kind is PolicyKind.RESOURCE else "", KNOWN))


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return statement(**TO_ALICE, Condition={operator: {key: value}})


KEY_POLICY: Mapping[str, tuple[Any, str | None, Severity]] = {
    "the default policy": (ENABLE, None, Severity.LOW),
    "a user": (statement(**TO_ALICE), None, Severity.LOW),
    "everybody": (statement(Principal="*", Action="kms:Encrypt"), "public access", Severity.HIGH),
    "everybody under a context": (
        statement(Principal="*", Action="kms:Encrypt", Condition={"StringEquals": {"kms:EncryptionContext:a": "b"}}),
        "public access", Severity.HIGH,
    ),
    "everybody of one account": (
        statement(Principal="*", Action="kms:Encrypt", Condition={"StringEquals": {"kms:CallerAccount": ACCOUNT}}),
        None, Severity.LOW,
    ),
    "everybody of any account": (
        statement(Principal="*", Action="kms:Encrypt", Condition={"StringLike": {"kms:CallerAccount": "*"}}),
        "public access", Severity.HIGH,
    ),
    "everybody but one account": (
        statement(Principal="*", Action="kms:Encrypt", Condition={"StringNotEquals": {"kms:CallerAccount": ACCOUNT}}),
        "public access", Severity.HIGH,
    ),
    "everybody, if they say who": (
        statement(
            Principal="*", Action="kms:Encrypt", Condition={"StringEqualsIfExists": {"kms:CallerAccount": ACCOUNT}}
        ),
        "public access", Severity.HIGH,
    ),
    "everybody is denied": (deny("kms:Encrypt", Principal="*"), None, Severity.LOW),
    "everything to a user": (statement(Principal={"AWS": ALICE}), "wildcard action", Severity.MEDIUM),
    "everything to another account": (statement(Principal={"AWS": OTHER}), "wildcard action", Severity.MEDIUM),
    "all but": (statement(Action=None, NotAction="kms:Encrypt"), "NotAction", Severity.MEDIUM),
    "on all but": (statement(Resource=None, NotResource="arn:aws:s3:::x"), "NotResource", Severity.MEDIUM),
    "denied but for one": (
        statement(Effect="Deny", Principal=None, NotPrincipal={"AWS": [ALICE, ROOT]}, Action="kms:Encrypt"),
        "NotPrincipal", Severity.LOW,
    ),
    "no action": (statement(Action=None), "dead statement", Severity.MEDIUM),
    "no resource": (statement(Resource=None), "dead statement", Severity.MEDIUM),
    "a misspelt action": (statement(Action="kms:Encript"), "unknown action", Severity.MEDIUM),
    "another service": (statement(Action="s3:GetObject"), "foreign action", Severity.LOW),
    "an action on no key": (statement(Action="kms:CreateKey"), "account-wide action", Severity.LOW),
    "retiring": (statement(Action="kms:RetireGrant"), "RetireGrant", Severity.LOW),
    "another key": (statement(Resource=KEY_ARN[:-1] + "0"), "dead statement", Severity.MEDIUM),
    "this key": (statement(Resource=KEY_ARN), None, Severity.LOW),
    "who is not there": (
        statement(Principal={"AWS": BOB}, Action="kms:Encrypt"), "dead statement", Severity.MEDIUM,
    ),
    "one of them is not there": (
        statement(Principal={"AWS": [BOB, ALICE]}, Action="kms:Encrypt"), "unknown principal", Severity.LOW,
    ),
    "who is not known": (statement(Principal={"AWS": OTHER}, Action="kms:Encrypt"), None, Severity.LOW),
    "a key that never has a value": (
        when("StringEquals", "aws:PrincipalOrg", "o"), "unknown condition key", Severity.MEDIUM,
    ),
    "a service that calls for somebody": (
        when("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"), "absent condition key", Severity.MEDIUM,
    ),
    "a VPC endpoint": (when("StringEquals", "aws:SourceVpce", "vpce-1"), "absent condition key", Severity.MEDIUM),
    "a key of other actions": (
        when("StringEquals", "kms:SigningAlgorithm", "ECDSA_SHA_256"), "condition key of other actions",
        Severity.MEDIUM,
    ),
    "a family of keys": (when("StringEquals", "kms:EncryptionContext:app", "a"), None, Severity.LOW),
    "aliases": (
        when("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/a"), "identity policies only", Severity.LOW,
    ),
    "a number of a text": (when("NumericEquals", "aws:username", "1"), "operator of another type", Severity.MEDIUM),
    "a text of an address": (
        when("StringEquals", "aws:SourceIp", "10.0.0.1"), "operator of another type", Severity.MEDIUM,
    ),
    "an address": (when("IpAddress", "aws:SourceIp", "10.0.0.0/8"), None, Severity.LOW),
    "a time": (when("DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:00Z"), None, Severity.LOW),
    "a wildcard that is none": (
        when("StringEquals", "aws:username", "a*"), "literal wildcard", Severity.MEDIUM,
    ),
    "a wildcard": (when("StringLike", "aws:username", "a*"), None, Severity.LOW),
    "an empty set": (
        when("ForAllValues:StringEquals", "kms:EncryptionContextKeys", "a"), "ForAllValues without Null",
        Severity.MEDIUM,
    ),
    "no empty set": (
        statement(**TO_ALICE, Condition={
            "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "a"},
            "Null": {"kms:EncryptionContextKeys": "false"},
        }), None, Severity.LOW,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KEY_POLICY)
def test_statements_of_key_policies(name: str) -> None:
    written, check, severity = KEY_POLICY[name]
    others = [ENABLE] if written is not ENABLE else []
    findings = [(one.check, one.severity) for one in found(*others, written) if one.place == len(others)]
    assert findings == ([] if check is None else [(check, severity)])


@pytest.mark.parametrize(
    ("denial", "dead"),
    [
        (deny("kms:*", Principal="*"), True),
        (deny("kms:Enc*", Principal={"AWS": [ALICE, BOB]}), True),
        (deny("kms:Decrypt", Principal="*"), False),
        (deny("kms:*", Principal={"AWS": BOB}), False),
        (deny("kms:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}), False),
        (deny("kms:*", Principal="*", Resource=KEY_ARN), False),
    ],
)
def test_what_is_denied_in_every_case_is_dead(denial: Any, dead: bool) -> None:
    findings = found(statement(**TO_ALICE), denial)
    assert ("dead statement" in [one.check for one in findings if one.place == 0]) is dead


@pytest.mark.parametrize(
    ("statements", "locked"),
    [
        ((ENABLE,), False),
        ((statement(**TO_ALICE),), True),
        ((statement(Principal={"AWS": ALICE}),), False),
        ((statement(Principal={"AWS": OTHER}),), True),
        ((ENABLE, deny("kms:Put*", Principal="*")), True),
        ((statement(Condition={"Bool": {"aws:SecureTransport": "true"}}),), True),
    ],
)
def test_the_lockout(statements: Any, locked: bool) -> None:
    assert ("lockout" in [one.check for one in found(*statements) if one.place == WHOLE]) is locked


IDENTITY: Mapping[str, tuple[Any, str | None]] = {
    "decrypt on every key": (allow("kms:Decrypt"), "wildcard resource"),
    "everything": (allow("*"), "wildcard resource"),
    "encrypt on every key": (allow("kms:Encrypt"), None),
    "decrypt on one key": (allow("kms:Decrypt", Resource=KEY_ARN), None),
    "decrypt under a condition": (
        allow("kms:Decrypt", Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/a"}}), None,
    ),
    "a key for what is on none": (allow("kms:CreateKey", Resource=KEY_ARN), "dead statement"),
    "another service": (allow("s3:GetObject"), None),
}  # fmt: skip


@pytest.mark.parametrize("name", IDENTITY)
def test_statements_of_identity_policies(name: str) -> None:
    written, check = IDENTITY[name]
    assert [one.check for one in found(written, kind=PolicyKind.IDENTITY)] == ([] if check is None else [check])


def test_variables_of_an_old_version_are_text() -> None:
    written = when("StringEquals", "kms:EncryptionContext:who", "${aws:username}")
    findings = found(ENABLE, written, Version="2008-10-17")
    assert [one.check for one in findings] == ["variable as text"]


def test_what_cannot_be_read_is_the_one_finding() -> None:
    findings = lint(PolicyText(PolicyKind.RESOURCE, "the policy", "{"), ACCOUNT, KEY_ARN, KNOWN)
    assert [(one.check, one.severity) for one in findings] == [("unreadable", Severity.HIGH)]


def test_the_worst_comes_first() -> None:
    findings = found(ENABLE, statement(Action="s3:GetObject"), statement(Principal="*", Action="kms:Encrypt"))
    assert [one.severity for one in findings] == [Severity.HIGH, Severity.LOW]


@pytest.mark.parametrize(
    ("operator", "value", "follows"),
    [
        ("StringEquals", "o", "the statement never applies"),
        ("StringNotEquals", "o", "the condition always holds"),
        ("StringEqualsIfExists", "o", "the condition always holds"),
        ("Null", "true", "the condition always holds"),
        ("Null", "false", "the statement never applies"),
        ("ForAnyValue:StringNotEquals", "o", "the statement never applies"),
    ],
)
def test_what_follows_from_a_key_without_value(operator: str, value: str, follows: str) -> None:
    findings = found(ENABLE, when(operator, "aws:PrincipalOrgID", value))
    assert follows in findings[0].says


def test_keys_of_other_services_are_theirs() -> None:
    own = {"StringEquals": {"s3:prefix": "a"}}
    assert found(allow("s3:GetObject", Condition=own), kind=PolicyKind.IDENTITY) == []
    trusting = statement(
        Action="sts:AssumeRole",
        Resource=None,
        Condition={"StringEquals": {"sts:ExternalId": "a", "aws:PrincipalOrg": "o"}},
    )
    assert found(trusting, kind=PolicyKind.TRUST) == []
