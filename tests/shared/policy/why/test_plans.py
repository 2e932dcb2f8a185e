"""Every change that is proposed is enough, and no smaller number of them is."""

import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy.evaluate import evaluate
from shared.policy.question import IdentityPolicies, PolicyKind, PolicyText, Question
from shared.policy.verdict import Reason
from shared.policy.why.plans import allowed_by, plans_for
from tests.shared.policy.policies import ACCOUNT, ALICE, KEY_ARN, ROOT, policy, statement
from tests.shared.policy.why.questions import (
    HOPELESS,
    REFUSED,
    ROLE,
    SERVICE,
    SESSION,
    STRANGER,
    USER,
    allow,
    deny,
    key_policy,
    question,
    text,
)


@pytest.mark.parametrize("name", REFUSED)
def test_each_plan_allows_the_request(name: str) -> None:
    asked = REFUSED[name][1]
    plans = allowed_by(asked)
    assert plans
    assert all(evaluate(changed).allowed for changed, _ in plans)
    assert tuple(changes for _, changes in plans) == tuple(plan.changes for plan in plans_for(asked))


@pytest.mark.parametrize("name", HOPELESS)
def test_what_no_change_allows_has_no_plan(name: str) -> None:
    assert plans_for(HOPELESS[name][1]) == ()


COUNTS = {"denied by the key policy": 2, "denied twice": 2, "no service control policy": 2, "no boundary": 1,
          "everything at once": 4, "a stranger": 1, "not let in": 1}  # fmt: skip


@pytest.mark.parametrize("name", COUNTS)
def test_the_plans_have_the_fewest_changes(name: str) -> None:
    assert {len(plan.changes) for plan in plans_for(REFUSED[name][1])} == {COUNTS[name]}


def test_an_exception_leaves_the_denial_to_everybody_else() -> None:
    asked = question(resource_policy=key_policy(statement(Principal={"AWS": ALICE}), deny(Principal="*")))
    first = plans_for(asked)[0].changes[0]
    assert json.loads(first.document)["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": [ALICE]}}


def test_an_exception_joins_those_that_there_are() -> None:
    denial = deny(Principal="*", Condition={"ArnNotEquals": {"aws:principalarn": ROOT}})
    first = plans_for(question(resource_policy=key_policy(statement(Principal={"AWS": ALICE}), denial)))[0].changes[0]
    assert json.loads(first.document)["Condition"] == {"ArnNotEquals": {"aws:principalarn": [ROOT, ALICE]}}


def test_a_grant_is_a_command_line_bound_to_the_encryption_context() -> None:
    plans = plans_for(question(STRANGER, encryption_context={"app": "pay"}))
    commands = [change.command for plan in plans for change in plan.changes]
    assert commands == [
        f"aws kms create-grant --key-id {KEY_ARN} --grantee-principal {STRANGER.arn} --operations Encrypt"
        ' --constraints \'{"EncryptionContextEquals": {"app": "pay"}}\''
    ]


@pytest.mark.parametrize("chosen", ["'; touch /tmp/owned; '", "$(id)", "`id`", "a\nb", '"', "\\"])
def test_what_a_client_chose_stays_one_word_of_the_command(chosen: str) -> None:
    stranger = STRANGER._replace(arn=f"arn:aws:iam::444455556666:user/{chosen}/bob")
    plans = plans_for(question(stranger, encryption_context={"app": chosen}))
    words = [shlex.split(change.command) for plan in plans for change in plan.changes]
    constraints = json.dumps({"EncryptionContextEquals": {"app": chosen}})
    options = ["--grantee-principal", stranger.arn, "--operations", "Encrypt", "--constraints", constraints]
    assert words == [["aws", "kms", "create-grant", "--key-id", KEY_ARN, *options]]


def test_a_session_is_let_in_by_its_role() -> None:
    first = plans_for(question(SESSION, key_policy(statement(Principal={"AWS": ALICE}))))[0].changes[0]
    assert json.loads(first.document)["Principal"] == {"AWS": ROLE}


def test_a_full_policy_is_not_proposed_to_grow() -> None:
    full = PolicyText(PolicyKind.RESOURCE, KEY_ARN, policy(statement(Principal={"AWS": ROLE}), Id="x" * 32_500))
    plans = plans_for(question(resource_policy=full))
    assert all("add to the policy" not in change.says for plan in plans for change in plan.changes)


PRINCIPALS = st.sampled_from([USER, SESSION, STRANGER, SERVICE])
_NAMED = st.sampled_from(["*", {"AWS": ROOT}, {"AWS": ALICE}, {"AWS": ROLE}, {"AWS": STRANGER.arn}])
_ACTION = st.sampled_from(["kms:*", "kms:Encrypt", "kms:Decrypt", "kms:E*"])
_CONDITION = st.sampled_from(
    [
        None,
        {"StringEquals": {"kms:EncryptionContext:app": "pay"}},
        {"StringNotEquals": {"kms:EncryptionContext:app": "pay"}},
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    ]
)


@st.composite
def statements(draw: st.DrawFn, principal: bool) -> dict[str, Any]:
    effect = draw(st.sampled_from([allow, allow, deny]))
    condition = draw(_CONDITION)
    named = {"Principal": draw(_NAMED)} if principal else {}
    written: dict[str, Any] = effect(draw(_ACTION), **named, **({} if condition is None else {"Condition": condition}))
    return written


def policies(kind: PolicyKind, name: str) -> st.SearchStrategy[PolicyText]:
    given = st.lists(statements(kind is PolicyKind.RESOURCE), min_size=1, max_size=3)
    return given.map(lambda found: text(kind, name, *found))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    boundary = draw(st.none() | policies(PolicyKind.BOUNDARY, f"arn:aws:iam::{ACCOUNT}:policy/bound"))
    session = draw(st.none() | policies(PolicyKind.SESSION, "session").map(lambda one: (one,)))
    own = draw(st.lists(policies(PolicyKind.IDENTITY, "own"), max_size=1).map(tuple))
    levels = draw(
        st.lists(policies(PolicyKind.SERVICE_CONTROL, "level").map(lambda one: (one,)), max_size=2).map(tuple)
    )
    principal = draw(PRINCIPALS)
    identity = IdentityPolicies() if principal is SERVICE else IdentityPolicies(own, boundary, session, levels)
    return question(principal, draw(policies(PolicyKind.RESOURCE, KEY_ARN)), identity=identity)


@given(questions())
def test_whatever_is_refused_each_proposal_flips_it(asked: Question) -> None:
    verdict = evaluate(asked)
    if verdict.allowed:
        return
    plans = allowed_by(asked)
    for changed, changes in plans:
        assert evaluate(changed).allowed
        assert changes
        assert changed.context == asked.context
        assert changed.principal == asked.principal
    assert plans or verdict.reason is Reason.EXPLICIT_DENY
