"""The table of cases, asked of both evaluators: the engine, and the plain one that knows nothing of it."""

import pytest

from shared.policy.evaluate import evaluate
from shared.policy.verdict import ALLOWING
from tests.shared.policy.casebook import Case, cases
from tests.shared.policy.oracle.judge import judge

CASES = list(cases())


def _ids(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_engine_answers_as_documented(case: Case) -> None:
    _check(case, evaluate(case.question).reason.name, evaluate(case.question).allowed)


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_plain_evaluator_answers_as_documented(case: Case) -> None:
    reason = judge(case.question)
    _check(case, reason.name, reason in ALLOWING)


def _check(case: Case, reason: str, allowed: bool) -> None:
    if case.expect == "denied":
        assert not allowed, case.source
    else:
        assert reason == case.expect, case.source


def test_table_is_a_table() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 300
    assert all(case.source for case in CASES)
