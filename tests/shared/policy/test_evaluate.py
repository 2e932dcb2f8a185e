"""Who may do what, and why: every rule of the decision in tables.

Cases follow the AWS KMS Developer Guide, "Troubleshooting key access" and "Default key policy"; IAM User Guide, "Policy
evaluation logic", "AWS JSON policy elements: NotPrincipal", "Permissions boundaries", "Service control policies".
"""

from functools import partial
from typing import Any

import pytest

from shared.policy.evaluate import evaluate
from shared.policy.question import NO_POLICIES, IdentityPolicies, PolicyKind, PolicyText, Question
from shared.policy.verdict import UNREADABLE, Deciding, Reason
from tests.shared.policy.policies import ACCOUNT, ALICE, BOB, OTHER_ACCOUNT, ROOT
from tests.shared.policy.questions import (
    ALICE_ID,
    CAROL,
    GRANT,
    OTHER_ROLE,
    OTHER_ROOT,
    OTHER_SESSION,
    PROVIDER,
    ROLE,
    ROLE_ID,
    SERVICE,
    SESSION,
    allow,
    boundary,
    control,
    deny,
    identity,
    key_policy,
    question,
    session,
    text,
)

ALLOWED = identity(allow())
SILENT = allow(Action="kms:Decrypt")
R = Reason


@pytest.mark.parametrize(
    ("principal", "key_policy_", "identity_", "reason"),
    [
        # Default key policy, and what it leaves to the account.
        ("alice", key_policy(allow(ROOT)), ALLOWED, R.DELEGATED),
        ("alice", key_policy(allow(ACCOUNT)), ALLOWED, R.DELEGATED),
        ("alice", key_policy(allow(ROOT)), NO_POLICIES, R.NO_IDENTITY_POLICY),
        ("alice", key_policy(), ALLOWED, R.NO_RESOURCE_POLICY),
        ("alice", key_policy(allow(BOB)), ALLOWED, R.NO_RESOURCE_POLICY),
        ("alice", key_policy(allow(ROOT, Action="kms:Decrypt")), ALLOWED, R.NO_RESOURCE_POLICY),
        ("session", key_policy(allow(ROOT)), ALLOWED, R.DELEGATED),
        ("root", key_policy(allow(ROOT)), NO_POLICIES, R.RESOURCE_POLICY),
        ("root", key_policy(allow(ALICE)), NO_POLICIES, R.NO_RESOURCE_POLICY),
        # By name, and everybody.
        ("alice", key_policy(allow(ALICE)), NO_POLICIES, R.RESOURCE_POLICY),
        ("alice", key_policy(allow(ALICE_ID)), NO_POLICIES, R.RESOURCE_POLICY),
        ("alice", key_policy(allow("*")), NO_POLICIES, R.RESOURCE_POLICY),
        ("alice", key_policy(allow([BOB, ALICE])), NO_POLICIES, R.RESOURCE_POLICY),
        ("session", key_policy(allow(SESSION)), NO_POLICIES, R.RESOURCE_POLICY),
        ("session", key_policy(allow(ROLE)), NO_POLICIES, R.RESOURCE_POLICY),
        ("session", key_policy(allow(ROLE_ID)), NO_POLICIES, R.RESOURCE_POLICY),
        ("session", key_policy(allow(f"{SESSION}x")), NO_POLICIES, R.NO_RESOURCE_POLICY),
        # Boundary and session policies: not for whom the key policy names itself.
        ("alice", key_policy(allow(ALICE)), IdentityPolicies(boundary=boundary(SILENT)), R.RESOURCE_POLICY),
        ("alice", key_policy(allow("*")), IdentityPolicies(boundary=boundary(SILENT)), R.RESOURCE_POLICY),
        ("session", key_policy(allow(SESSION)), IdentityPolicies(session=session(SILENT)), R.RESOURCE_POLICY),
        ("session", key_policy(allow(ROLE)), IdentityPolicies(boundary=boundary(SILENT)), R.NO_BOUNDARY),
        ("session", key_policy(allow(ROLE)), IdentityPolicies(session=session(SILENT)), R.NO_SESSION_POLICY),
        ("session", key_policy(allow(ROLE)), IdentityPolicies(session=()), R.NO_SESSION_POLICY),
        ("session", key_policy(allow(ROLE)), IdentityPolicies(session=session(allow())), R.RESOURCE_POLICY),
        ("alice", key_policy(allow(ROOT)), identity(allow(), boundary=boundary(SILENT)), R.NO_BOUNDARY),
        ("alice", key_policy(allow(ROOT)), identity(allow(), boundary=boundary(allow())), R.DELEGATED),
        ("session", key_policy(allow(ROOT)), identity(allow(), session=session(SILENT)), R.NO_SESSION_POLICY),
        ("alice", key_policy(allow(ROOT)), IdentityPolicies(boundary=boundary(allow())), R.NO_IDENTITY_POLICY),
        # A Deny anywhere.
        ("alice", key_policy(allow(ALICE), deny("*")), NO_POLICIES, R.EXPLICIT_DENY),
        ("alice", key_policy(allow(ALICE), deny(ROOT)), NO_POLICIES, R.EXPLICIT_DENY),
        ("alice", key_policy(allow(ALICE), deny(BOB)), NO_POLICIES, R.RESOURCE_POLICY),
        ("session", key_policy(allow(SESSION), deny(ROLE)), NO_POLICIES, R.EXPLICIT_DENY),
        ("root", key_policy(allow(ROOT), deny(ROOT)), NO_POLICIES, R.EXPLICIT_DENY),
        ("alice", key_policy(allow(ALICE)), identity(deny()), R.EXPLICIT_DENY),
        ("alice", key_policy(), identity(deny()), R.EXPLICIT_DENY),
        ("alice", key_policy(allow(ALICE)), IdentityPolicies(boundary=boundary(deny())), R.EXPLICIT_DENY),
        ("session", key_policy(allow(SESSION)), IdentityPolicies(session=session(deny())), R.EXPLICIT_DENY),
        (
            "alice",
            key_policy(allow(ALICE)),
            IdentityPolicies(service_control=(control(allow(), deny()),)),
            R.EXPLICIT_DENY,
        ),
        # Service control policies, by level; for the root user too.
        ("alice", key_policy(allow(ALICE)), IdentityPolicies(service_control=(control(allow()),)), R.RESOURCE_POLICY),
        (
            "alice",
            key_policy(allow(ALICE)),
            IdentityPolicies(service_control=(control(allow()), control(SILENT))),
            R.NO_SERVICE_CONTROL_POLICY,
        ),
        (
            "root",
            key_policy(allow(ROOT)),
            IdentityPolicies(service_control=(control(SILENT), control(allow()))),
            R.NO_SERVICE_CONTROL_POLICY,
        ),
        ("root", key_policy(allow(ROOT)), IdentityPolicies(service_control=((),)), R.NO_SERVICE_CONTROL_POLICY),
        # From another account.
        ("carol", key_policy(allow(OTHER_ROOT)), ALLOWED, R.DELEGATED),
        ("carol", key_policy(allow(CAROL)), ALLOWED, R.DELEGATED),
        ("carol", key_policy(allow("*")), ALLOWED, R.DELEGATED),
        ("carol", key_policy(allow(OTHER_ROOT)), NO_POLICIES, R.NO_IDENTITY_POLICY),
        ("carol", key_policy(allow(CAROL)), NO_POLICIES, R.NO_IDENTITY_POLICY),
        ("carol", key_policy(allow("*")), NO_POLICIES, R.NO_IDENTITY_POLICY),
        ("carol", key_policy(allow(ROOT)), ALLOWED, R.NO_RESOURCE_POLICY),
        ("carol", key_policy(allow(CAROL)), identity(allow(), boundary=boundary(SILENT)), R.NO_BOUNDARY),
        ("foreign session", key_policy(allow(OTHER_ROLE)), ALLOWED, R.DELEGATED),
        ("foreign session", key_policy(allow(OTHER_SESSION)), identity(allow(), session=()), R.NO_SESSION_POLICY),
        (
            "foreign session",
            key_policy(allow(OTHER_SESSION)),
            identity(allow(), service_control=(control(SILENT),)),
            R.NO_SERVICE_CONTROL_POLICY,
        ),
        ("foreign root", key_policy(allow(OTHER_ROOT)), NO_POLICIES, R.DELEGATED),
        ("foreign root", key_policy(allow(ROOT)), NO_POLICIES, R.NO_RESOURCE_POLICY),
        # Services and tokens of providers.
        ("service", key_policy(allow({"Service": SERVICE})), NO_POLICIES, R.RESOURCE_POLICY),
        ("service", key_policy(allow("*")), NO_POLICIES, R.RESOURCE_POLICY),
        ("service", key_policy(allow(ROOT)), ALLOWED, R.NO_RESOURCE_POLICY),
        ("service", key_policy(allow("*"), deny("*")), NO_POLICIES, R.EXPLICIT_DENY),
        (
            "service",
            key_policy(allow({"Service": SERVICE})),
            IdentityPolicies(service_control=(control(deny()),)),
            R.RESOURCE_POLICY,
        ),
        ("federated", key_policy(allow({"Federated": PROVIDER})), NO_POLICIES, R.RESOURCE_POLICY),
        ("federated", key_policy(allow("*")), NO_POLICIES, R.NO_RESOURCE_POLICY),
        ("federated", key_policy(allow({"Federated": PROVIDER}), deny("*")), NO_POLICIES, R.EXPLICIT_DENY),
        # Where no resource-based policy is asked.
        ("alice", None, ALLOWED, R.IDENTITY_POLICY),
        ("alice", None, NO_POLICIES, R.NO_IDENTITY_POLICY),
        ("alice", None, identity(allow(), boundary=boundary(SILENT)), R.NO_BOUNDARY),
        ("root", None, NO_POLICIES, R.IDENTITY_POLICY),
        ("carol", None, ALLOWED, R.NO_RESOURCE_POLICY),
        ("service", None, NO_POLICIES, R.NO_RESOURCE_POLICY),
    ],
)
def test_who_may(principal: str, key_policy_: PolicyText | None, identity_: IdentityPolicies, reason: Reason) -> None:
    verdict = evaluate(question(principal, key_policy_, identity_))
    assert verdict.reason is reason
    assert verdict.allowed is (reason in {R.RESOURCE_POLICY, R.DELEGATED, R.IDENTITY_POLICY})


@pytest.mark.parametrize(
    ("principal", "listed", "identity_", "denied"),
    [
        ("alice", [ALICE, ROOT], ALLOWED, False),
        ("alice", [ALICE_ID, ACCOUNT], ALLOWED, False),
        ("alice", [ALICE], ALLOWED, True),
        ("alice", [ROOT], ALLOWED, True),
        ("alice", [BOB, ROOT], ALLOWED, True),
        ("session", [SESSION, ROLE, ROOT], ALLOWED, False),
        ("session", [ROLE, ROOT], ALLOWED, True),
        ("session", [SESSION, ROOT], ALLOWED, True),
        ("root", [ROOT], ALLOWED, False),
        ("root", [ALICE], ALLOWED, True),
        ("alice", [ALICE, ROOT], identity(allow(), boundary=boundary(allow())), True),
        ("carol", [ALICE, ROOT], ALLOWED, True),
    ],
)
def test_not_principal(principal: str, listed: list[str], identity_: IdentityPolicies, denied: bool) -> None:
    left_out = {"Effect": "Deny", "NotPrincipal": {"AWS": listed}, "Action": "kms:*", "Resource": "*"}
    verdict = evaluate(question(principal, key_policy(allow("*"), left_out), identity_))
    assert (verdict.reason is Reason.EXPLICIT_DENY) is denied


@pytest.mark.parametrize(
    ("members", "applies"),
    [
        ({"Action": "*"}, True),
        ({"Action": "KMS:encrypt"}, True),
        ({"Action": ["kms:Decrypt", "kms:E?crypt"]}, True),
        ({"Action": "kms:Encrypt2"}, False),
        ({"Action": None, "NotAction": "kms:Decrypt"}, True),
        ({"Action": None, "NotAction": ["kms:Decrypt", "kms:En*"]}, False),
        ({"Resource": "arn:aws:kms:*:111122223333:key/1234abcd-*"}, True),
        ({"Resource": "arn:aws:kms:*:444455556666:key/*"}, False),
        ({"Resource": None, "NotResource": "arn:aws:kms:*:444455556666:key/*"}, True),
        ({"Resource": None, "NotResource": "arn:aws:kms:*:*:key/*"}, False),
        ({"Resource": "arn:aws:kms:*:*:key/${aws:PrincipalTag/key}"}, True),
        ({"Resource": "arn:aws:kms:*:*:key/${aws:PrincipalTag/star}"}, False),
        ({"Resource": "arn:aws:kms:*:*:key/${aws:PrincipalTag/none}"}, False),
        ({"Resource": None, "NotResource": "arn:aws:kms:*:*:key/${aws:PrincipalTag/other}"}, True),
        ({"Resource": None, "NotResource": "arn:aws:kms:*:*:key/${aws:PrincipalTag/key}"}, False),
        ({"Resource": None, "NotResource": "arn:aws:kms:*:*:key/${aws:PrincipalTag/none}"}, False),
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/other": "other"}}}, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/other": "other", "aws:x": "y"}}}, False),
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/other": "other"}, "Null": {"aws:x": "true"}}}, True),
        ({"Condition": {}}, True),
    ],
)
def test_what_a_statement_is_about(members: dict[str, Any], applies: bool) -> None:
    context = {
        "aws:principaltag/key": "1234abcd-12ab-34cd-56ef-1234567890ab",
        "aws:principaltag/star": "*",
        "aws:principaltag/other": "other",
    }
    statement = {name: value for name, value in allow(**members).items() if value is not None}
    asked = question("alice", key_policy(allow(ROOT)), identity(statement), context=context)
    assert evaluate(asked).allowed is applies


def test_a_statement_of_a_key_policy_without_action_or_resource_does_nothing() -> None:
    without_action = {"Effect": "Allow", "Principal": "*", "Resource": "*"}
    without_resource = {"Effect": "Deny", "Principal": "*", "Action": "*"}
    assert evaluate(question("alice", key_policy(without_action))).reason is Reason.NO_RESOURCE_POLICY
    assert evaluate(question("alice", key_policy(allow("*"), without_resource))).allowed


def test_a_not_resource_that_leaves_out_something_unknown_still_denies() -> None:
    unknown = {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:kms:*:*:key/${aws:PrincipalTag/none}"}
    assert evaluate(question("alice", key_policy(allow(ALICE)), identity(unknown))).reason is Reason.EXPLICIT_DENY


@pytest.mark.parametrize(
    "unreadable",
    [
        "",
        "{",
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*"}]}',
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":'
        '{"StringMatches":{"aws:x":"y"}}}]}',
    ],
)
def test_a_policy_that_cannot_be_read_denies(unreadable: str) -> None:
    broken = PolicyText(PolicyKind.IDENTITY, "broken", unreadable)
    verdict = evaluate(question("alice", key_policy(allow(ALICE)), IdentityPolicies((broken,))))
    assert verdict.reason is Reason.EXPLICIT_DENY
    assert verdict.statements == (Deciding(PolicyKind.IDENTITY, "broken", UNREADABLE, ""),)


@pytest.mark.parametrize("principal", ["carol", "foreign session", "foreign root"])
def test_what_is_for_the_own_account_only_is_nobody_elses(principal: str) -> None:
    asked = question(principal, key_policy(allow("*")), ALLOWED)._replace(cross_account=False)
    assert evaluate(asked).reason is Reason.NEVER_CROSS_ACCOUNT


def test_no_grant_gives_another_account_what_is_for_the_own_account_only() -> None:
    grants = partial(tuple, (GRANT._replace(grantee_principal=CAROL),))
    asked = question("carol", key_policy(), ALLOWED)._replace(grants=grants)
    assert evaluate(asked).reason is Reason.GRANT
    assert evaluate(asked._replace(cross_account=False)).reason is Reason.NEVER_CROSS_ACCOUNT


@pytest.mark.parametrize("principal", ["alice", "session", "root", "service"])
def test_what_is_for_the_own_account_only_is_decided_there(principal: str) -> None:
    asked = question(principal, key_policy(allow("*")), ALLOWED)._replace(cross_account=False)
    assert evaluate(asked).allowed


def test_a_verdict_names_the_statements_that_decided() -> None:
    named = key_policy(allow(BOB), allow(ROOT, Sid="account"))
    verdict = evaluate(question("alice", named, ALLOWED))
    assert verdict.statements == (
        Deciding(PolicyKind.RESOURCE, "resource-based policy", 1, "account"),
        Deciding(PolicyKind.IDENTITY, "identity-based policy", 0, ""),
    )


def test_a_verdict_names_every_statement_that_denied() -> None:
    asked = question("alice", key_policy(deny(ALICE, Sid="one"), deny(BOB), deny("*", Sid="two")), identity(deny()))
    assert [deciding.sid for deciding in evaluate(asked).statements] == ["one", "two", ""]


def test_conditions_are_asked_anew_by_every_request() -> None:
    condition = {"StringEquals": {"kms:EncryptionContext:App": "payments"}}
    policy_ = key_policy(allow(ALICE, Condition=condition))
    for app, expected in [("payments", True), ("billing", False), ("payments", True)]:
        assert evaluate(question("alice", policy_, context={"kms:encryptioncontext:app": app})).allowed is expected


def test_a_changed_policy_binds_at_once() -> None:
    for statement, expected in [(allow(ALICE), True), (deny(ALICE), False), (allow(ALICE), True)]:
        assert evaluate(question("alice", key_policy(statement))).allowed is expected


@pytest.mark.parametrize(
    ("principal", "trusted", "identity_", "reason"),
    [
        ("alice", {"AWS": ROOT}, identity(allow(Action="sts:*")), R.DELEGATED),
        ("alice", {"AWS": ROOT}, NO_POLICIES, R.NO_IDENTITY_POLICY),
        ("alice", {"AWS": ALICE}, NO_POLICIES, R.RESOURCE_POLICY),
        ("alice", {"AWS": BOB}, identity(allow(Action="sts:*")), R.NO_RESOURCE_POLICY),
        ("carol", {"AWS": CAROL}, NO_POLICIES, R.NO_IDENTITY_POLICY),
        ("carol", {"AWS": OTHER_ACCOUNT}, identity(allow(Action="sts:*")), R.DELEGATED),
        ("service", {"Service": SERVICE}, NO_POLICIES, R.RESOURCE_POLICY),
        ("federated", {"Federated": PROVIDER}, NO_POLICIES, R.RESOURCE_POLICY),
        ("federated", {"Federated": f"{PROVIDER}2"}, NO_POLICIES, R.NO_RESOURCE_POLICY),
    ],
)
def test_who_may_assume_a_role(
    principal: str, trusted: dict[str, str], identity_: IdentityPolicies, reason: Reason
) -> None:
    statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    asked = question(principal, text(PolicyKind.TRUST, statement), identity_, "sts:AssumeRole")
    assert evaluate(asked._replace(resource=ROLE, grant_operation=None)).reason is reason


def _granted(principal: str, identity_: IdentityPolicies, **changes: Any) -> Question:
    grant = GRANT._replace(**changes)
    return question(principal, key_policy(), identity_)._replace(grants=lambda: (grant,))


@pytest.mark.parametrize(
    ("principal", "grantee", "identity_", "reason"),
    [
        ("alice", ALICE, NO_POLICIES, R.GRANT),
        ("alice", ALICE, IdentityPolicies(boundary=boundary(SILENT)), R.GRANT),
        ("alice", ALICE, identity(deny()), R.EXPLICIT_DENY),
        ("alice", ALICE, IdentityPolicies(service_control=((),)), R.NO_SERVICE_CONTROL_POLICY),
        ("alice", BOB, ALLOWED, R.NO_RESOURCE_POLICY),
        ("alice", ROOT, ALLOWED, R.GRANT),
        ("alice", ROOT, NO_POLICIES, R.NO_IDENTITY_POLICY),
        ("root", ROOT, NO_POLICIES, R.GRANT),
        ("session", SESSION, IdentityPolicies(session=session(SILENT)), R.GRANT),
        ("session", ROLE, NO_POLICIES, R.GRANT),
        ("session", ROLE, IdentityPolicies(session=session(SILENT)), R.NO_SESSION_POLICY),
        ("carol", CAROL, NO_POLICIES, R.GRANT),
        ("carol", OTHER_ROOT, ALLOWED, R.GRANT),
        ("carol", OTHER_ROOT, NO_POLICIES, R.NO_IDENTITY_POLICY),
        ("foreign session", OTHER_ROLE, NO_POLICIES, R.GRANT),
        ("service", SERVICE, NO_POLICIES, R.NO_RESOURCE_POLICY),
    ],
)
def test_whom_a_grant_lets_in(principal: str, grantee: str, identity_: IdentityPolicies, reason: Reason) -> None:
    verdict = evaluate(_granted(principal, identity_, grantee_principal=grantee))
    assert verdict.reason is reason
    assert verdict.grant_id == ("grant" if reason is Reason.GRANT else "")


def test_a_grant_to_a_service_is_that_services() -> None:
    asked = _granted("service", NO_POLICIES, grantee_principal=None, grantee_service_principal=SERVICE)
    assert evaluate(asked).reason is Reason.GRANT


def test_grants_are_asked_only_where_policies_neither_deny_nor_allow() -> None:
    def none_expected() -> Any:
        raise AssertionError("grants were asked")

    allowed = question("alice", key_policy(allow(ALICE)))._replace(grants=none_expected)
    denied = question("alice", key_policy(deny(ALICE)))._replace(grants=none_expected)
    other = question("alice", key_policy())._replace(grants=none_expected, grant_operation=None)
    assert [evaluate(asked).allowed for asked in (allowed, denied, other)] == [True, False, False]


def test_one_of_several_grants_is_enough() -> None:
    grants = [
        GRANT._replace(grant_id="1", grantee_principal=BOB),
        GRANT._replace(grant_id="2", operations=("Decrypt",)),
        GRANT._replace(grant_id="3"),
    ]
    assert evaluate(question("alice", key_policy())._replace(grants=lambda: grants)).grant_id == "3"
