"""One question for each reason that `evaluate` knows."""

from collections.abc import Mapping
from typing import Any

from shared.grants.model import Grant
from shared.policy.question import (
    GONE,
    IdentityPolicies,
    PolicyKind,
    PolicyText,
    Principal,
    PrincipalKind,
    Question,
)
from shared.policy.verdict import Reason
from tests.shared.policy.policies import ACCOUNT, ALICE, KEY_ARN, OTHER_ACCOUNT, ROOT, policy, statement

USER = Principal(PrincipalKind.USER, ACCOUNT, ALICE, "AIDAALICE")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Signer"
SESSION = Principal(
    PrincipalKind.SESSION, ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/Signer/build", "AROASIGNER", ROLE
)
STRANGER = Principal(PrincipalKind.USER, OTHER_ACCOUNT, f"arn:aws:iam::{OTHER_ACCOUNT}:user/eve", "AIDAEVE")
SERVICE = Principal(PrincipalKind.SERVICE, "", "backup.example.com")
CONTEXT = {"aws:principalarn": ALICE, "aws:sourceip": "10.1.2.3", "kms:encryptioncontext:app": "pay"}


def text(kind: PolicyKind, name: str, *statements: Any) -> PolicyText:
    return PolicyText(kind, name, policy(*statements))


def key_policy(*statements: Any) -> PolicyText:
    return text(PolicyKind.RESOURCE, KEY_ARN, *statements)


def allow(action: str = "kms:*", **members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*", **members}


def deny(action: str = "kms:*", **members: Any) -> dict[str, Any]:
    return {**allow(action, **members), "Effect": "Deny"}


DELEGATING = key_policy(statement())
OWN = text(PolicyKind.IDENTITY, "user/alice/policy/own", allow())
READ_ONLY = text(PolicyKind.IDENTITY, "user/alice/policy/read", allow("kms:Describe*"))
NAMING = key_policy(statement(Principal={"AWS": ALICE}))


def question(principal: Principal = USER, resource_policy: PolicyText | None = DELEGATING, **fields: Any) -> Question:
    context = {**CONTEXT, "aws:principalarn": principal.role_arn or principal.arn}
    asked = {"identity": IdentityPolicies((READ_ONLY,)), "context": context, "grant_operation": "Encrypt", **fields}
    return Question(
        principal=principal,
        action="kms:Encrypt",
        resource=KEY_ARN,
        resource_account=ACCOUNT,
        resource_policy=resource_policy,
        **asked,
    )


def grant(**fields: Any) -> Grant:
    made = Grant(
        ACCOUNT, KEY_ARN.rpartition("/")[2], "f" * 64, 0, ACCOUNT, ("Encrypt",), "", ALICE, None, None, None,
        None, None, None, 0
    )  # fmt: skip
    return made._replace(**fields)


def limited(**fields: Any) -> IdentityPolicies:
    return IdentityPolicies((OWN,), **fields)


BOUNDARY = text(PolicyKind.BOUNDARY, f"arn:aws:iam::{ACCOUNT}:policy/bound", allow("kms:Describe*"))
CONTROL = text(PolicyKind.SERVICE_CONTROL, "Root/readers", allow("kms:Describe*"))
IN_SESSION = text(PolicyKind.SESSION, "session policy 1", allow("kms:Describe*"))
DENYING = text(PolicyKind.IDENTITY, "user/alice/policy/no", deny("kms:Encrypt"), allow())

REFUSED: Mapping[str, tuple[Reason, Question]] = {
    "denied by the key policy": (Reason.EXPLICIT_DENY, question(
        resource_policy=key_policy(statement(), deny(Principal="*")))),
    "denied twice": (Reason.EXPLICIT_DENY, question(
        resource_policy=key_policy(statement(), deny(Principal="*")), identity=IdentityPolicies((DENYING,)))),
    "a policy that is one Deny": (Reason.EXPLICIT_DENY, question(
        resource_policy=NAMING, identity=IdentityPolicies((text(PolicyKind.IDENTITY, "no", deny()),)))),
    "an unreadable policy": (Reason.EXPLICIT_DENY, question(
        identity=IdentityPolicies((OWN, PolicyText(PolicyKind.IDENTITY, "broken", "{}"))))),
    "an unreadable key policy": (Reason.EXPLICIT_DENY, question(
        resource_policy=PolicyText(PolicyKind.RESOURCE, KEY_ARN, "{"))),
    "a service that is denied": (Reason.EXPLICIT_DENY, question(
        SERVICE, key_policy(statement(Principal={"Service": SERVICE.arn}), deny(Principal="*")))),
    "no service control policy": (Reason.NO_SERVICE_CONTROL_POLICY, question(
        identity=limited(service_control=((CONTROL,), (CONTROL._replace(name="Account/readers"),))))),
    "not let in": (Reason.NO_RESOURCE_POLICY, question(resource_policy=key_policy(statement(Principal={"AWS": ROLE})))),
    "a session that is not let in": (Reason.NO_RESOURCE_POLICY, question(
        SESSION, key_policy(statement(Principal={"AWS": ALICE})))),
    "a stranger": (Reason.NO_RESOURCE_POLICY, question(STRANGER)),
    "a stranger without policies": (Reason.NO_RESOURCE_POLICY, question(
        STRANGER, identity=IdentityPolicies(), grant_operation=None)),
    "no identity policy": (Reason.NO_IDENTITY_POLICY, question()),
    "no identity policy on everything": (Reason.NO_IDENTITY_POLICY, question(
        resource_policy=None, grant_operation=None)),
    "no boundary": (Reason.NO_BOUNDARY, question(identity=limited(boundary=BOUNDARY))),
    "no session policy": (Reason.NO_SESSION_POLICY, question(SESSION, identity=limited(session=(IN_SESSION,)))),
    "everything at once": (Reason.NO_SERVICE_CONTROL_POLICY, question(SESSION, identity=IdentityPolicies(
        (READ_ONLY,), BOUNDARY, (IN_SESSION,), ((CONTROL,),)))),
}  # fmt: skip
"""What some change would allow."""

HOPELESS: Mapping[str, tuple[Reason, Question]] = {
    "another account": (Reason.NEVER_CROSS_ACCOUNT, question(STRANGER, cross_account=False)),
    "who is gone": (Reason.EXPLICIT_DENY, question(
        identity=IdentityPolicies((text(PolicyKind.IDENTITY, GONE, deny("*")),)))),
}  # fmt: skip

ALLOWED: Mapping[str, tuple[Reason, Question]] = {
    "by the key policy": (Reason.RESOURCE_POLICY, question(resource_policy=NAMING)),
    "as its role": (Reason.RESOURCE_POLICY, question(SESSION, key_policy(statement(Principal={"AWS": ROLE})))),
    "by delegation": (Reason.DELEGATED, question(identity=limited())),
    "by IAM alone": (Reason.IDENTITY_POLICY, question(resource_policy=None, identity=limited())),
    "by a grant": (Reason.GRANT, question(grants=lambda: (grant(),))),
    "the root user": (Reason.RESOURCE_POLICY, question(Principal(PrincipalKind.ROOT, ACCOUNT, ROOT, ACCOUNT))),
    "a stranger who is let in": (Reason.DELEGATED, question(
        STRANGER, key_policy(statement(Principal={"AWS": STRANGER.arn})), identity=limited())),
}  # fmt: skip
