"""The policies that the benchmark `authorization` asks: ordinary ones, and 32 KB of what costs most."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shared.grants.model import Grant
from shared.policy.question import (
    IdentityPolicies,
    PolicyKind,
    PolicyText,
    Principal,
    PrincipalKind,
    Question,
)

ACCOUNT = "111122223333"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{KEY_ID}"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
MAXIMUM = 32_768

CONTEXT: Mapping[str, str | tuple[str, ...]] = {
    "aws:principalarn": ALICE,
    "aws:username": "alice",
    "aws:securetransport": "true",
    "aws:sourceip": "10.1.2.3",
    "aws:currenttime": "2026-11-26T19:00:00Z",
    "aws:requestedregion": "us-east-1",
    "aws:principaltag/team": "payments",
    "kms:calleraccount": ACCOUNT,
    "kms:encryptioncontext:app": "payments",
    "kms:encryptioncontextkeys": ("app",),
    "kms:keyspec": "SYMMETRIC_DEFAULT",
}


def _statement(effect: str, action: Any, condition: Any = None, principal: Any = None) -> dict[str, Any]:
    named = {} if principal is None else {"Principal": principal}
    return {"Effect": effect, **named, "Action": action, "Resource": "*", "Condition": condition or {}}


def _text(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def key_policy(account: str) -> str:
    """20 statements: the account's delegation, Deny to everybody, some roles, and an Allow about another operation."""
    everybody = "*"
    roles = [
        _statement("Allow", ["kms:Decrypt", "kms:Generate*"], None, {"AWS": f"arn:aws:iam::{account}:role/r{number}"})
        for number in range(16)
    ]
    return _text(
        [
            _statement("Allow", "kms:*", None, {"AWS": f"arn:aws:iam::{account}:root"}),
            _statement("Deny", "kms:*", {"Bool": {"aws:SecureTransport": "false"}}, everybody),
            _statement("Deny", "kms:ScheduleKeyDeletion", None, everybody),
            *roles,
            _statement("Allow", "kms:Decrypt", {"StringEquals": {"kms:EncryptionContext:app": "payments"}}, everybody),
        ]
    )


ENCRYPTING = _text(
    [
        _statement(
            "Allow",
            ["kms:Encrypt", "kms:DescribeKey"],
            {
                "StringEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]},
                "StringLike": {"kms:EncryptionContext:app": "${aws:PrincipalTag/team}*"},
            },
        )
    ]
)
NETWORK = _text([_statement("Deny", "*", {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "127.0.0.0/8"]}})])

_IDENTITY = IdentityPolicies(
    (
        PolicyText(PolicyKind.IDENTITY, f"arn:aws:iam::{ACCOUNT}:policy/encrypting", ENCRYPTING),
        PolicyText(PolicyKind.IDENTITY, "group/office/policy/network", NETWORK),
    )
)
_GRANT = Grant(
    ACCOUNT, KEY_ID, "", 1, ACCOUNT, ("Decrypt", "Encrypt"), "", ALICE, None, None, None, None, None, None, 1
)
_GRANTS = tuple(
    _GRANT._replace(grant_id=str(number), encryption_context_subset=(("app", app),))
    for number, app in enumerate(("billing", "shipping", "payments"))
)
_QUESTION = Question(
    Principal(PrincipalKind.USER, ACCOUNT, ALICE, "AIDAEXAMPLEEXAMPLE12"),
    _IDENTITY,
    "kms:Encrypt",
    KEY_ARN,
    ACCOUNT,
    PolicyText(PolicyKind.RESOURCE, "key policy", key_policy(ACCOUNT)),
    CONTEXT,
    "Encrypt",
    lambda: _GRANTS,
    encryption_context={"app": "payments"},
)
_BY_GRANT = IdentityPolicies(_IDENTITY.policies[1:])

ORDINARY: Mapping[str, Question] = {
    "allowed by key and IAM policies": _QUESTION,
    "allowed by the third grant": _QUESTION._replace(identity=_BY_GRANT),
    "denied by IAM policy": _QUESTION._replace(context={**CONTEXT, "aws:sourceip": "203.0.113.7"}),
}


def _filled(make: Callable[[list[Any]], list[dict[str, Any]]], values: Iterator[Any]) -> str:
    """As much as fits into a key policy."""
    taken: list[Any] = []
    size = len(_text(make([])))
    for value in values:
        size += len(json.dumps(value, separators=(",", ":"))) + 1
        if size > MAXIMUM:
            break
        taken.append(value)
    return _text(make(taken))


def _like(values: list[Any]) -> list[dict[str, Any]]:
    return [_statement("Deny", "*", {"StringLike": {"aws:UserAgent": values or ["x"]}}, "*")]


def _actions(values: list[Any]) -> list[dict[str, Any]]:
    return [_statement("Deny", values or ["kms:x"], None, "*")]


def _resources(values: list[Any]) -> list[dict[str, Any]]:
    return [{**_statement("Deny", "*", None, "*"), "Resource": values or ["*"]}]


def _letters(form: str) -> Iterator[str]:
    number = 0
    while True:
        yield form.format(number=f"{number:04x}")
        number += 1


def _deny(condition: Mapping[str, Any]) -> dict[str, Any]:
    return _statement("Deny", "*", condition, "*")


def _repeated(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    while True:
        yield statement


_WORST_TEXTS: Mapping[str, str] = {
    "4,000 patterns of one condition": _filled(_like, _letters("*{number}b*")),
    "patterns of ? and *": _filled(_like, iter(["*" + "a?" * 200 + "b*"] * 100)),
    "1,800 variables in one condition": _filled(_like, _letters("${{aws:username}}{number}*")),
    "conditions of many statements": _filled(
        lambda taken: taken, _repeated(_deny({"StringLike": {"aws:UserAgent": ["*a*b", "*c*d"]}}))
    ),
    "dates of many statements": _filled(
        lambda taken: taken, _repeated(_deny({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}))
    ),
    "networks of many statements": _filled(
        lambda taken: taken, _repeated(_deny({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}}))
    ),
    "3,000 actions": _filled(_actions, _letters("kms:*{number}b*")),
    "800 resources": _filled(_resources, _letters("arn:aws:kms:*:*:*key/*{number}b*")),
}

WORST: Mapping[str, Question] = {
    title: _QUESTION._replace(
        resource_policy=PolicyText(PolicyKind.RESOURCE, "key policy", text),
        context={**CONTEXT, "aws:useragent": "a" * 1_000},
    )
    for title, text in _WORST_TEXTS.items()
}
