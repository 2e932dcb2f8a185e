"""What is kept for a right changes no answer, asks again for what may differ, and stays within its bounds."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.grants.model import Grant
from shared.policy.evaluate import evaluate_ready
from shared.policy.question import Question, Values
from shared.policy.ready import LONGEST, MOST, Lasting, Ready
from shared.policy.verdict import Reason
from tests.shared.policy.oracle.judge import judge
from tests.shared.policy.policies import ALICE
from tests.shared.policy.questions import GRANT, allow, deny, key_policy, question

LASTING = "aws:username"
POLICY = key_policy(
    deny("*", Condition={"StringEquals": {LASTING: "mallory"}}),
    deny("*", Condition={"StringEquals": {"kms:EncryptionContext:app": "closed"}}),
    allow("*", Condition={"StringEquals": {"kms:EncryptionContext:stage": "test", "aws:UserAgent": "good"}}),
)
GRANTS = (
    GRANT._replace(grant_id="exact", grantee_principal=ALICE, encryption_context_equals=(("app", "b"),)),
    GRANT._replace(grant_id="some", grantee_principal=ALICE, encryption_context_subset=(("app", "a"),)),
    GRANT._replace(grant_id="sourced", grantee_principal=ALICE, source_arn="arn:aws:s3:::bucket"),
)
TEXTS = st.sampled_from(["a", "b", "closed", "test"])
PAIRS = st.dictionaries(st.sampled_from(["app", "stage", "App"]), TEXTS, max_size=3)
OTHERS = st.fixed_dictionaries(
    {}, optional={"aws:useragent": st.just("good"), "aws:sourcearn": st.just("arn:aws:s3:::bucket")}
)


class Told(dict[str, Values]):
    """Facts of a request: tells what lasts of them, as a region does, and notes what it was asked for."""

    def __init__(self, values: Mapping[str, Values], lasting: Lasting) -> None:
        super().__init__(values)
        self._lasting = lasting
        self.asked: list[str] = []

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.append(key)
        if key == LASTING:
            self._lasting[key] = super().get(key)
        return super().get(key, default)


def asked(
    ready: Ready, pairs: Mapping[str, str], others: Mapping[str, Values] | None = None, grants: tuple[Grant, ...] = ()
) -> Question:
    folded = {name.lower(): value for name, value in pairs.items()}
    own = folded if len(folded) == len(pairs) else {}
    facts = {f"kms:encryptioncontext:{name}": value for name, value in own.items()}
    told = Told({LASTING: "alice", **facts, **(others or {})}, ready.lasting)
    return RIGHT._replace(context=told, encryption_context=pairs, grants=lambda: grants)


RIGHT = question("alice", POLICY)


@given(st.lists(st.tuples(PAIRS, OTHERS), min_size=1, max_size=60))
def test_one_that_is_kept_answers_like_one_that_is_made_anew(requests: list[tuple[Any, Any]]) -> None:
    ready = Ready(RIGHT.right)
    for pairs, others in requests:
        one = asked(ready, pairs, others, GRANTS)
        verdict = evaluate_ready(ready, one)
        assert verdict.reason is judge(one)
        assert verdict == evaluate_ready(Ready(one.right), one)


def test_what_follows_from_the_encryption_context_is_not_asked_twice() -> None:
    ready = Ready(RIGHT.right)
    first, second, other = (asked(ready, {"app": app}) for app in ("closed", "closed", "a"))
    assert evaluate_ready(ready, first) == evaluate_ready(ready, second)
    assert LASTING in first.context.asked  # type: ignore[attr-defined]
    assert second.context.asked == []  # type: ignore[attr-defined]
    assert evaluate_ready(ready, other).reason is not Reason.EXPLICIT_DENY


@pytest.mark.parametrize(
    ("pairs", "others", "grants"),
    [({"stage": "test"}, {"aws:useragent": "good"}, ()), ({}, {"aws:sourcearn": "arn:aws:s3:::bucket"}, GRANTS)],
)
def test_what_a_request_says_besides_is_asked_of_each(
    pairs: dict[str, str], others: dict[str, Values], grants: tuple[Grant, ...]
) -> None:
    ready = Ready(RIGHT.right)
    for expected in (True, False, True):
        one = asked(ready, pairs, others if expected else {}, grants)
        assert evaluate_ready(ready, one).allowed is expected


def test_the_encryption_contexts_are_bounded() -> None:
    ready = Ready(RIGHT.right)
    for pairs in [{"app": "x" * LONGEST}, *({"app": str(number)} for number in range(2 * MOST))]:
        assert evaluate_ready(ready, asked(ready, pairs)).reason is judge(asked(ready, pairs))
    assert len(ready.verdicts) == MOST
    assert all(len(value) < LONGEST for pairs in ready.verdicts for _, value in pairs)


def test_what_cannot_be_remembered_is_not_tried_for_ever() -> None:
    ready = Ready(RIGHT.right)
    for number in range(2 * MOST):
        evaluate_ready(ready, asked(ready, {"stage": "test", "app": str(number)}, {"aws:useragent": "good"}))
    evaluate_ready(ready, asked(ready, {"app": "closed"}))
    assert ready.verdicts == {}


def test_grants_that_are_too_many_to_be_kept_are_read_each_time() -> None:
    ready, read = Ready(RIGHT.right), []
    one = RIGHT._replace(grants=lambda: iter(read.append(1) or GRANTS))  # type: ignore[func-returns-value]
    for _ in range(2):
        assert [offer.granted.grant_id for offer in ready.offers(one)] == ["exact", "some", "sourced"]
    assert len(read) == 2


def test_grants_that_are_few_are_read_once() -> None:
    ready, read = Ready(RIGHT.right), []
    one = RIGHT._replace(grants=lambda: read.append(1) or GRANTS)  # type: ignore[func-returns-value]
    for _ in range(2):
        assert [offer.granted.grant_id for offer in ready.offers(one)] == ["exact", "some", "sourced"]
    assert len(read) == 1
