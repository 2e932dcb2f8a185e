"""The account of a decision agrees with the decision."""

import json
from typing import Any

import pytest

from shared.policy.evaluate import evaluate
from shared.policy.question import Question
from shared.policy.why.explain import explain
from shared.policy.why.model import Hindrance, Part, plain
from shared.policy.why.text import lines
from tests.shared.policy.policies import ALICE, KEY_ARN, ROOT, statement
from tests.shared.policy.why.questions import ALLOWED, HOPELESS, REFUSED, deny, grant, key_policy, question

EVERY = {**REFUSED, **HOPELESS, **ALLOWED}


@pytest.mark.parametrize("name", EVERY)
def test_the_last_step_is_what_decided(name: str) -> None:
    reason, asked = EVERY[name]
    explanation = explain(asked)
    assert explanation.verdict.reason is reason is evaluate(asked).reason
    assert explanation.steps[-1].holds is explanation.verdict.allowed
    refused = [step for step in explanation.steps if not step.holds]
    assert explanation.verdict.allowed or refused


@pytest.mark.parametrize("name", EVERY)
def test_what_decided_is_marked_and_nothing_hindered_it(name: str) -> None:
    explanation = explain(EVERY[name][1])
    marked = [
        (policy.kind, policy.name, one) for policy in explanation.policies for one in policy.statements if one.decided
    ]
    readable = [deciding for deciding in explanation.verdict.statements if deciding.place >= 0]
    assert {(kind, name, one.place) for kind, name, one in marked} == {one[:3] for one in readable}
    assert not any(one.hindrances for _, _, one in marked)


@pytest.mark.parametrize("name", EVERY)
def test_an_explanation_can_be_read_and_written_as_json(name: str) -> None:
    explanation = explain(EVERY[name][1])
    written = list(lines(explanation))
    assert written[0].startswith("ALLOWED" if explanation.verdict.allowed else "DENIED")
    assert json.loads(json.dumps(plain(explanation)))["action"] == "kms:Encrypt"


HINDERED: tuple[tuple[dict[str, Any], Hindrance], ...] = (
    (statement(Principal={"AWS": ROOT[:-4] + "user/bob"}), Hindrance(Part.PRINCIPAL, ROOT[:-4] + "user/bob", ALICE)),
    (statement(Principal="*", Action="kms:Decrypt"), Hindrance(Part.ACTION, "kms:Decrypt", "kms:Encrypt")),
    (
        statement(Principal="*", Action=None, NotAction=["kms:Enc*"], Effect="Deny"),
        Hindrance(Part.ACTION, "NotAction: kms:Enc*", "kms:Encrypt"),
    ),
    (statement(Principal="*", Resource=KEY_ARN[:-1]), Hindrance(Part.RESOURCE, KEY_ARN[:-1], KEY_ARN)),
    (
        statement(Principal="*", Condition={"StringEquals": {"kms:EncryptionContext:app": ["a", "b"]}}),
        Hindrance(Part.CONDITION, "StringEquals kms:EncryptionContext:app a or b", "pay"),
    ),
    (
        statement(Principal="*", Condition={"IpAddress": {"aws:SourceVpce": "10.0.0.0/8"}}),
        Hindrance(Part.CONDITION, "IpAddress aws:SourceVpce 10.0.0.0/8", ""),
    ),
    (
        statement(Principal="*", Condition={"StringEquals": {"kms:EncryptionContext:app": "${aws:SourceIp}"}}),
        Hindrance(
            Part.CONDITION,
            "StringEquals kms:EncryptionContext:app ${aws:SourceIp} (${aws:SourceIp} is 10.1.2.3)",
            "pay",
        ),
    ),
)


@pytest.mark.parametrize(("written", "hindrance"), HINDERED)
def test_what_hindered_a_statement_is_told(written: dict[str, Any], hindrance: Hindrance) -> None:
    policies = explain(question(resource_policy=key_policy(written))).policies
    assert policies[0].statements[0].hindrances == (hindrance,)


def test_every_hindrance_of_a_statement_is_told() -> None:
    hindered = statement(Action="kms:Decrypt", Resource=KEY_ARN[:-1], Principal={"AWS": ROOT[:-4] + "user/bob"})
    found = explain(question(resource_policy=key_policy(hindered))).policies[0].statements[0].hindrances
    assert [one.part for one in found] == [Part.PRINCIPAL, Part.ACTION, Part.RESOURCE]


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"operations": ("Decrypt",)}, Part.ACTION),
        ({"encryption_context_equals": (("app", "pay"),)}, Part.ENCRYPTION_CONTEXT),
        ({"source_arn": "arn:aws:s3:::bucket"}, Part.SOURCE),
        ({"grantee_principal": ROOT[:-4] + "user/bob"}, Part.PRINCIPAL),
    ],
)
def test_what_hindered_a_grant_is_told(fields: dict[str, Any], part: Part) -> None:
    explanation = explain(question(grants=lambda: (grant(**fields),)))
    assert [one.part for one in explanation.grants[0].hindrances] == [part]
    assert explanation.steps[-1].rule == "a grant gives Encrypt"


def test_the_grant_that_gave_it_is_marked() -> None:
    given = grant(grant_id="a" * 64)
    explanation = explain(question(grants=lambda: (grant(operations=("Decrypt",)), given)))
    assert [one.grant_id for one in explanation.grants if one.decided] == [given.grant_id]


def test_keys_without_a_value_are_told() -> None:
    asked = question(resource_policy=key_policy(statement(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})))
    assert explain(asked).missing == ("aws:MultiFactorAuthPresent",)


def refused_text(asked: Question) -> str:
    return "\n".join(lines(explain(asked)))


def test_a_refusal_reads_well() -> None:
    asked = question(resource_policy=key_policy(statement(), deny(Principal="*", Sid="NoEncrypt", Action="kms:Enc*")))
    written = refused_text(asked)
    assert "DENIED: " + ALICE in written
    assert "2 (NoEncrypt): DENIES it <- decided" in written
    assert f"except {ALICE} from statement 2 (NoEncrypt)" in written


def test_what_nobody_can_change_is_said() -> None:
    assert "No change of a policy or grant is known" in refused_text(HOPELESS["another account"][1])


def test_identity_statements_name_nobody() -> None:
    explanation = explain(REFUSED["denied twice"][1])
    assert {one.named.name for one in explanation.policies[1].statements} == {"ITSELF"}


DENIES, LETS_IN, OWN = (
    "no statement denies it",
    "the resource's policy lets the principal in",
    "identity policies allow it",
)
BOUNDARY, SESSION, GRANT = (
    "the permissions boundary allows it",
    "the session policies allow it",
    "a grant gives Encrypt",
)
TOLD: dict[str, list[tuple[str, bool]]] = {
    "no boundary": [(DENIES, True), (LETS_IN, True), (OWN, True), (BOUNDARY, False), (GRANT, False)],
    "no session policy": [(DENIES, True), (LETS_IN, True), (OWN, True), (SESSION, False), (GRANT, False)],
    "not let in": [(DENIES, True), (LETS_IN, False), (GRANT, False)],
    "by a grant": [(DENIES, True), (LETS_IN, True), (OWN, False), (GRANT, True)],
    "by the key policy": [(DENIES, True), (LETS_IN, True)],
    "by IAM alone": [(DENIES, True), (OWN, True)],
    "the root user": [(DENIES, True), (LETS_IN, True)],
    "a stranger who is let in": [(DENIES, True), (LETS_IN, True), (OWN, True)],
    "denied twice": [(DENIES, False)],
}


@pytest.mark.parametrize("name", TOLD)
def test_the_rules_are_told_in_their_order_up_to_what_decided(name: str) -> None:
    assert [(step.rule, step.holds) for step in explain(EVERY[name][1]).steps] == TOLD[name]
