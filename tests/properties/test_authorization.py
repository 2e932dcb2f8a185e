"""Two evaluators of policies that share no code give one answer, and what holds of every answer.

`KEYTIDE_TEST_QUESTIONS` sets how many questions the comparison asks; `make authorization` asks millions.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from shared.policy.evaluate import evaluate
from shared.policy.question import Question
from shared.policy.verdict import Reason
from tests.properties import policy_vocabulary as words
from tests.properties.narrow_policy_sets import sets_of_one_statement, sets_without_conditions
from tests.properties.policy_questions import QUESTIONS_OF_A_SET, answered_otherwise, questions
from tests.properties.policy_sets import (
    EVERYTHING,
    SOME,
    Policy,
    PolicySet,
    policy_sets,
    statements,
)
from tests.shared.policy.oracle.judge import judge
from tests.thoroughness import often, thorough

QUESTIONS = int(os.environ.get("KEYTIDE_TEST_QUESTIONS", often(45_000, otherwise=15_000)))
CAMPAIGN = "KEYTIDE_TEST_QUESTIONS" in os.environ
OURS = ["alice", "root", "deployer", "backup"]
THEIRS = ["bob", "their root", "visitor"]


def allowed(question: Question) -> bool:
    return evaluate(question).allowed


WITHOUT_END = pytest.mark.timeout(0 if CAMPAIGN else 600)  # to make a failure small takes minutes
A_SET_OF_ONE_STATEMENT = 72
A_SET_WITHOUT_CONDITIONS = 72


def _asking(questions_of_a_set: int) -> settings:
    return settings(SOME, max_examples=max(1, QUESTIONS // 3 // questions_of_a_set))


@thorough
@WITHOUT_END
@_asking(QUESTIONS_OF_A_SET)
@given(policy_sets())
def test_both_evaluators_give_the_same_reason(found: PolicySet) -> None:
    assert not [*disagreements(questions(found))]


@thorough
@WITHOUT_END
@_asking(A_SET_OF_ONE_STATEMENT)
@given(sets_of_one_statement())
def test_both_evaluators_understand_one_statement_alike(found: PolicySet) -> None:
    assert not [*disagreements(questions(found, ["alice"]))]


@thorough
@WITHOUT_END
@_asking(A_SET_WITHOUT_CONDITIONS)
@given(sets_without_conditions())
def test_both_evaluators_agree_who_is_named(found: PolicySet) -> None:
    assert not [*disagreements(questions(found))]


def disagreements(asked: Iterator[Question]) -> Iterator[tuple[Question, Reason, Reason]]:
    """What the two evaluators answer otherwise: the question, our reason, and the plain one."""
    for question in asked:
        answer, plain = evaluate(question).reason, judge(question)
        if answer is not plain:
            yield question, answer, plain


@SOME
@given(policy_sets(), statements(words.PRINCIPALS, ("Deny",)), statements(None, ("Deny",)))
def test_another_deny_never_allows(found: PolicySet, for_key: dict[str, Any], for_others: dict[str, Any]) -> None:
    def denying(policies: list[Policy]) -> list[Policy]:
        return [_with(policy, for_others) for policy in policies]

    assert not newly_allowed(found, found._replace(key_policy=_with(found.key_policy, for_key)))
    assert not newly_allowed(found, found._replace(identity=denying(found.identity)))
    assert not newly_allowed(found, found._replace(identity=[*found.identity, [for_others]]))
    assert not newly_allowed(found, found._replace(service_control=[denying(level) for level in found.service_control]))
    assert not newly_allowed(found, found._replace(session=found.session and denying(found.session)))
    assert not newly_allowed(found, found._replace(boundary=found.boundary and _with(found.boundary, for_others)))


def _with(policy: Policy, statement: dict[str, Any]) -> Policy:
    return policy if isinstance(policy, str) else [*policy, statement]


@SOME
@given(policy_sets(), st.integers(0, 2))
def test_one_allow_less_never_allows(found: PolicySet, place: int) -> None:
    def without(policy: Policy) -> Policy:
        if isinstance(policy, str):
            return policy
        return [one for at, one in enumerate(policy) if at != place or one["Effect"] == "Deny"]

    assert not newly_allowed(found, found._replace(key_policy=without(found.key_policy)))
    assert not newly_allowed(found, found._replace(identity=[without(policy) for policy in found.identity]))
    assert not newly_allowed(found, found._replace(identity=found.identity[1:]) if _all_readable(found) else found)
    if found.boundary is not None:
        assert not newly_allowed(found, found._replace(boundary=without(found.boundary)))


def _all_readable(found: PolicySet) -> bool:
    """An unreadable policy denies, and so does a Deny: neither may be taken away as if it had only allowed."""
    return all(
        not isinstance(policy, str) and all(one["Effect"] == "Allow" for one in policy) for policy in found.identity
    )


@SOME
@given(policy_sets())
def test_one_grant_less_never_allows(found: PolicySet) -> None:
    assert not newly_allowed(found, found._replace(grants=found.grants[1:]))


@SOME
@given(policy_sets(), st.lists(st.just(EVERYTHING), max_size=1))
def test_limits_never_allow(found: PolicySet, more: list[Policy]) -> None:
    without = found._replace(boundary=None, session=None, service_control=[])
    assert not newly_allowed(without, found)
    assert not newly_allowed(found, found._replace(service_control=[*found.service_control, more]))


@SOME
@given(policy_sets(), st.sampled_from(words.UNREADABLE))
def test_what_cannot_be_read_lets_nobody_in(found: PolicySet, broken: str) -> None:
    for question in questions(found._replace(key_policy=broken)):
        assert question.action == words.WITHOUT_RESOURCE or not allowed(question), question
    for question in questions(
        found._replace(identity=[*found.identity, broken]), ["alice", "deployer", "bob", "visitor"]
    ):
        assert not allowed(question), question


def newly_allowed(before: PolicySet, after: PolicySet) -> list[tuple[Question, Question]]:
    """What `after` allows and `before` does not."""
    asked = zip(questions(before), questions(after), strict=True)
    return [(question, stricter) for question, stricter in asked if allowed(stricter) and not allowed(question)]


@SOME
@given(policy_sets(words.OUR_PRINCIPALS + words.SERVICES), st.lists(st.just(EVERYTHING), min_size=1, max_size=1))
def test_another_account_gets_in_through_key_policies_and_grants_alone(found: PolicySet, own: list[Policy]) -> None:
    widest = found._replace(identity=own, boundary=None, session=None, service_control=[], grants=[])
    for question in questions(widest, THEIRS):
        if question.action != words.WITHOUT_RESOURCE:
            assert not allowed(question), question


@SOME
@given(policy_sets(), st.lists(statements(words.THEIR_PRINCIPALS, ("Allow",)), min_size=1, max_size=2))
def test_what_a_key_policy_allows_another_account_changes_nothing_for_the_own(
    found: PolicySet, theirs: list[dict[str, Any]]
) -> None:
    policy = found.key_policy
    shared = found._replace(key_policy=policy if isinstance(policy, str) else theirs + policy)
    assert not answered_otherwise(questions(found, OURS), questions(shared, OURS))


def test_the_vocabulary_meets_every_reason() -> None:
    seen: set[Reason] = set()

    @settings(SOME, max_examples=200, derandomize=True, phases=[Phase.generate])
    @given(sets_without_conditions())
    def look(found: PolicySet) -> None:
        seen.update(evaluate(question).reason for question in questions(found))

    look()
    assert seen == set(Reason)
