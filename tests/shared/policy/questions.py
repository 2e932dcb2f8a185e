"""Principals, policies and questions that the tests of decisions share."""

from collections.abc import Mapping
from typing import Any

from shared.grants.model import Grant
from shared.policy.question import (
    NO_POLICIES,
    IdentityPolicies,
    PolicyKind,
    PolicyText,
    Principal,
    PrincipalKind,
    Question,
    Values,
)
from tests.shared.policy.policies import ACCOUNT, ALICE, KEY_ARN, OTHER_ACCOUNT, ROOT, policy

OTHER_ROOT = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/server"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/server/one"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example.com"
SERVICE = "backup.example.com"
ALICE_ID = "AIDAEXAMPLEALICE1234"
ROLE_ID = "AROAEXAMPLESERVER123"
CAROL = f"arn:aws:iam::{OTHER_ACCOUNT}:user/carol"
OTHER_ROLE = f"arn:aws:iam::{OTHER_ACCOUNT}:role/reader"
OTHER_SESSION = f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/reader/two"

PRINCIPALS: Mapping[str, Principal] = {
    "root": Principal(PrincipalKind.ROOT, ACCOUNT, ROOT),
    "alice": Principal(PrincipalKind.USER, ACCOUNT, ALICE, ALICE_ID),
    "session": Principal(PrincipalKind.SESSION, ACCOUNT, SESSION, ROLE_ID, ROLE),
    "carol": Principal(PrincipalKind.USER, OTHER_ACCOUNT, CAROL, "AIDAEXAMPLECAROL1234"),
    "foreign session": Principal(
        PrincipalKind.SESSION, OTHER_ACCOUNT, OTHER_SESSION, "AROAEXAMPLEREADER123", OTHER_ROLE
    ),
    "foreign root": Principal(PrincipalKind.ROOT, OTHER_ACCOUNT, OTHER_ROOT),
    "service": Principal(PrincipalKind.SERVICE, "", SERVICE),
    "federated": Principal(PrincipalKind.FEDERATED, ACCOUNT, PROVIDER),
}


def allow(principal: Any = None, **members: Any) -> dict[str, Any]:
    """A statement; `principal` is an ARN or whatever else `Principal` may be."""
    named = {} if principal is None else {"Principal": {"AWS": principal} if principal != "*" else "*"}
    if isinstance(principal, dict):
        named = {"Principal": principal}
    return {"Effect": "Allow", **named, "Action": "kms:*", "Resource": "*", **members}


def deny(principal: Any = None, **members: Any) -> dict[str, Any]:
    return {**allow(principal, **members), "Effect": "Deny"}


def text(kind: PolicyKind, *statements: Any) -> PolicyText:
    return PolicyText(kind, kind.value, policy(*statements))


def key_policy(*statements: Any) -> PolicyText:
    return text(PolicyKind.RESOURCE, *(statements or (deny(ROOT, Action="kms:Nothing"),)))


def identity(*statements: Any, **rest: Any) -> IdentityPolicies:
    return IdentityPolicies((text(PolicyKind.IDENTITY, *statements),) if statements else (), **rest)


def boundary(*statements: Any) -> PolicyText:
    return text(PolicyKind.BOUNDARY, *statements)


def session(*statements: Any) -> tuple[PolicyText, ...]:
    return (text(PolicyKind.SESSION, *statements),)


def control(*statements: Any) -> tuple[PolicyText, ...]:
    return (text(PolicyKind.SERVICE_CONTROL, *statements),)


def question(
    principal: str,
    resource_policy: PolicyText | None,
    identity: IdentityPolicies = NO_POLICIES,
    action: str = "kms:Encrypt",
    context: Mapping[str, Values] | None = None,
) -> Question:
    return Question(
        PRINCIPALS[principal], identity, action, KEY_ARN, ACCOUNT, resource_policy, context or {}, "Encrypt"
    )


GRANT = Grant(
    ACCOUNT, "key", "grant", 1, ACCOUNT, ("Encrypt", "DescribeKey"), "", ALICE, None, None, None, None, None, None, 1
)
