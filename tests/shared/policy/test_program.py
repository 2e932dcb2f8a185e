"""What is remembered of policies: bounded by what it keeps, and made once."""

from typing import Any

import pytest

from shared.errors import LimitExceeded, MalformedPolicy
from shared.policy import compiled as compiling
from shared.policy import program as programs
from shared.policy.compiled import compiled, require_readable
from shared.policy.evaluate import evaluate
from shared.policy.program import Program
from shared.policy.question import PolicyKind, PolicyText
from shared.policy.remembered import Remembered
from tests.shared.policy.policies import policy, statement
from tests.shared.policy.questions import question

CONDITION = {"StringEquals": {"aws:username": "alice"}}


class Weighing(Remembered[Any, Program]):
    """Notes what each program weighs."""

    def __init__(self) -> None:
        super().__init__(1_000_000)
        self.weights: list[int] = []

    def put(self, key: Any, value: Program, weight: int) -> None:
        self.weights.append(weight)
        super().put(key, value, weight)


def weight_of(text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    weighing = Weighing()
    monkeypatch.setattr(programs, "_programs", weighing)
    asked = question("alice", PolicyText(PolicyKind.RESOURCE, "key policy", text))
    for _ in range(2):
        evaluate(asked)
    (weight,) = weighing.weights
    return weight


def test_a_program_weighs_what_it_keeps_of_its_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, conditional = [policy(*[statement(Condition=given)] * 100) for given in (None, CONDITION)]
    about_others = policy(*[statement(Action="kms:Decrypt", Condition=CONDITION)] * 100)
    assert weight_of(conditional, monkeypatch) > len(conditional)
    assert len(plain) / 20 < weight_of(plain, monkeypatch) < len(plain) / 2
    assert len(about_others) / 20 < weight_of(about_others, monkeypatch) < len(about_others) / 10


def _twice(_text: str, _kind: object) -> Any:
    raise AssertionError("read a second time")


def test_a_policy_that_was_put_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = policy(statement(Sid="put"))
    require_readable(PolicyKind.RESOURCE, text, len(text))
    monkeypatch.setattr(compiling, "read", _twice)
    require_readable(PolicyKind.RESOURCE, text, len(text))
    assert compiled(PolicyKind.RESOURCE, text) is not None


@pytest.mark.parametrize(
    ("text", "maximum", "refusal"),
    [
        (policy(statement(Sid="long")), 10, LimitExceeded),
        ("nothing", 100, MalformedPolicy),
        (policy(statement(Condition={"None": {"a:b": "c"}})), 1_000, MalformedPolicy),
        (policy(statement(Condition={"Bool": {"a:b": "c"}})), 1_000, MalformedPolicy),
    ],
)
def test_a_policy_that_cannot_be_put_is_refused_each_time(text: str, maximum: int, refusal: type[Exception]) -> None:
    for _ in range(2):
        with pytest.raises(refusal):
            require_readable(PolicyKind.RESOURCE, text, maximum)
