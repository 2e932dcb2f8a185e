"""What a program remembers of its answers changes none of them, and stays within its bounds."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy.answers import LONGEST, MOST, MOST_COMPARISONS, Answers, Listening, TooMuchToCompare
from shared.policy.evaluate import evaluate
from shared.policy.program import program_of
from shared.policy.question import Question, Values
from shared.policy.verdict import Reason, Verdict
from tests.shared.policy.oracle.judge import judge
from tests.shared.policy.questions import GRANT, ROLE, allow, boundary, deny, identity, key_policy, question

KEYS = ("aws:username", "aws:useragent", "kms:encryptioncontext:app", "kms:encryptioncontextkeys")
POLICY = key_policy(
    deny("*", Condition={"StringEquals": {"aws:UserAgent": "bad"}, "Null": {"aws:username": "false"}}),
    deny("*", Condition={"ForAnyValue:StringLike": {"kms:EncryptionContextKeys": ["secret*", "x"]}}),
    allow("*", Condition={"StringEqualsIfExists": {"kms:EncryptionContext:app": ["a", "${aws:username}"]}}),
    allow("*", Condition={"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["app"]}}),
)
TEXTS = st.sampled_from(["a", "b", "bad", "x", "app", "secret1", "c" * (LONGEST + 1)])
CONTEXTS = st.dictionaries(st.sampled_from(KEYS[:3]), TEXTS, max_size=3)
SEVERAL = st.none() | st.lists(TEXTS, max_size=5, unique=True).map(tuple)
ALLOWED, DENIED = Verdict(Reason.RESOURCE_POLICY), Verdict(Reason.EXPLICIT_DENY)


def asked(context: Mapping[str, Values]) -> Question:
    return question("alice", POLICY, context=context)


@given(st.lists(st.tuples(CONTEXTS, SEVERAL), min_size=1, max_size=40))
def test_what_was_answered_before_makes_no_difference(requests: list[tuple[dict[str, Values], Values | None]]) -> None:
    for context, several in requests:
        given_ = asked(context if several is None else {**context, KEYS[3]: several})
        assert evaluate(given_).reason is judge(given_)


def test_an_answer_is_remembered_by_the_facts_that_were_asked_for() -> None:
    answers = Answers()
    answers.keep(heard({"a:b": "1", "c:d": None}), ALLOWED)
    answers.keep(heard({"a:b": "2"}), DENIED)
    assert answers.find({"a:b": "1", "e:f": "anything"}) is ALLOWED
    assert answers.find({"a:b": "2", "c:d": "anything"}) is DENIED
    assert answers.find({"a:b": "1", "c:d": "1"}) is None
    assert answers.find({"a:b": ("1",)}) is None
    assert answers.find({}) is None


def test_an_evaluation_that_asks_for_nothing_is_done_once() -> None:
    answers = Answers()
    answers.keep(heard({}), ALLOWED)
    assert answers.find({"a:b": "1"}) is ALLOWED


def test_what_is_remembered_of_a_program_is_bounded() -> None:
    """Whatever is not remembered is answered all the same."""
    policy = key_policy(allow("*"), deny("*", Condition={"StringEquals": {"aws:UserAgent": "bad"}}))
    clients = [{"aws:useragent": f"client {number}"} for number in range(3 * MOST)]
    questions = [question("alice", policy, context=client) for client in clients]
    assert {evaluate(one).reason for one in questions} == {Reason.RESOURCE_POLICY}
    found = [program_of(one.right).answers.find(one.context) for one in questions]
    assert 0 < sum(verdict is not None for verdict in found) <= MOST


@pytest.mark.parametrize("value", ["x" * (LONGEST + 1), tuple("abcdefgh"), ("x" * (LONGEST + 1),)])
def test_what_is_large_is_not_remembered(value: Values) -> None:
    answers = Answers()
    answers.keep(heard({"a:b": value}), ALLOWED)
    assert answers.find({"a:b": value}) is None


def heard(facts: Mapping[str, Values | None]) -> Listening:
    listening = Listening({key: value for key, value in facts.items() if value is not None}, {})
    for key in facts:
        listening.get(key)
    return listening


def names(count: int) -> tuple[str, ...]:
    return tuple(f"name{number}" for number in range(count))


def any_of_them(*wanted: str) -> dict[str, Any]:
    return {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": list(wanted)}}


def test_more_values_than_can_be_compared_in_time_are_denied() -> None:
    conditions = [deny("*", Condition=any_of_them(f"other{number}")) for number in range(300)]
    policy = key_policy(allow("*"), *conditions)
    many = question("alice", policy, context={"kms:encryptioncontextkeys": names(500)})
    assert evaluate(many) == DENIED
    few = question("alice", policy, context={"kms:encryptioncontextkeys": names(MOST_COMPARISONS // 300)})
    assert evaluate(few).reason is Reason.RESOURCE_POLICY


def test_each_variable_of_a_condition_is_a_comparison() -> None:
    values = [f"*${{aws:username}}{number}" for number in range(100)]
    like = {"ForAnyValue:StringLike": {"kms:EncryptionContextKeys": values}}
    facts: dict[str, Values] = {"kms:encryptioncontextkeys": names(MOST_COMPARISONS // 100), "aws:username": "u"}
    assert evaluate(question("alice", key_policy(allow("*"), deny("*", Condition=like)), context=facts)) == DENIED


def test_a_fact_is_counted_once_however_often_it_is_asked_for() -> None:
    listening = Listening({"a:b": names(MOST_COMPARISONS // 2)}, {"a:b": 2})
    assert len(listening.get("a:b")) == len(listening.get("a:b"))
    with pytest.raises(TooMuchToCompare):
        Listening({"a:b": names(MOST_COMPARISONS // 2)}, {"a:b": 3}).get("a:b")


LIKE_THESE = [f"*${{aws:userid}}{number}" for number in range(100)]
BY_NAMES = boundary(allow(Condition={"ForAnyValue:StringLike": {"kms:EncryptionContextKeys": LIKE_THESE}}))
TO_ROLE = GRANT._replace(grantee_principal=ROLE)


class Counting(dict[str, Values]):
    """Facts that note what they were asked for."""

    def __init__(self, values: Mapping[str, Values]) -> None:
        super().__init__(values)
        self.asked: list[str] = []

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.append(key)
        return super().get(key, default)


def by_grants(context: Mapping[str, Values], count: int = 1) -> Question:
    """Asked by a session whose role has so many grants, and a boundary that asks for the names of the context."""
    asked = question("session", key_policy(), identity(allow(), boundary=BY_NAMES), context=context)
    return asked._replace(grants=lambda: tuple(TO_ROLE._replace(grant_id=str(number)) for number in range(count)))


def test_more_values_than_can_be_compared_in_time_are_denied_to_who_has_a_grant() -> None:
    assert evaluate(by_grants({"kms:encryptioncontextkeys": names(MOST_COMPARISONS // 100)})) == DENIED
    few = {"kms:encryptioncontextkeys": names(MOST_COMPARISONS // 300)}
    assert evaluate(by_grants(few)).reason is Reason.NO_BOUNDARY


def test_what_limits_a_grant_is_judged_once_however_many_grants_there_are() -> None:
    facts = Counting({"kms:encryptioncontextkeys": names(2)})
    assert evaluate(by_grants(facts, count=20)).reason is Reason.NO_BOUNDARY
    assert facts.asked.count("kms:encryptioncontextkeys") == 1
