"""The campaign's judgement finds what is wrong in histories that were made so, and nothing in good ones."""

from dataclasses import dataclass
from typing import Any

import pytest

from services.drill.calls import Outcome
from services.drill.figures import longest_pause, success_share
from tests.faults.campaign.aftermath import Effect
from tests.faults.campaign.calls import Call, Register
from tests.faults.campaign.judgement import Judgement, first_impossible, judge
from tests.linearizability import Operation

KEY = Register("here", "key", "description")
FINE = Judgement([], [], [], [], 0, 0)


def wrote(name: str, began: float, ended: float, outcome: Outcome = Outcome.OK) -> Call:
    return Call(name, KEY.region, "UpdateKeyDescription", began, ended, outcome, wrote=(KEY, name))


def saw(value: str, began: float, ended: float, node: int = 1) -> Call:
    name = f"saw {value} {began}"
    return Call(name, KEY.region, "DescribeKey", began, ended, Outcome.OK, saw=((KEY, value),), node=node)


def judged(calls: list[Call], effects: dict[str, list[int]]) -> Judgement:
    found = {name: [Effect(KEY.region, at) for at in sequences] for name, sequences in effects.items()}
    judgement = judge(calls, found, {KEY: "made"})
    return judgement._replace(not_linearizable=[one.partition(":")[0] for one in judgement.not_linearizable])


@dataclass
class Case:
    calls: list[Call]
    effects: dict[str, list[int]]
    expected: dict[str, Any]


CASES = {
    "what is acknowledged is read": Case([wrote("a", 0, 1), saw("a", 2, 3)], {"a": [5]}, {}),
    "an acknowledged change without a record is lost": Case([wrote("a", 0, 1)], {}, {"lost": ["a"]}),
    "a change that is in the log twice is repeated": Case([wrote("a", 0, 1)], {"a": [5, 6]}, {"repeated": ["a"]}),
    "a refusal that took effect is told": Case(
        [wrote("a", 0, 1, Outcome.REFUSED)], {"a": [5]}, {"refused_in_effect": ["a"]}
    ),
    "a read of what was before an acknowledged change": Case(
        [wrote("a", 0, 1), saw("made", 2, 3)], {"a": [5]}, {"not_linearizable": ["here key description at node 1"]}
    ),
    "a value that goes back": Case(
        [wrote("a", 0, 9), saw("a", 1, 2), saw("made", 3, 4)],
        {"a": [5]},
        {"not_linearizable": ["here key description at node 1"]},
    ),
    "what another node does not show yet, before it is acknowledged": Case(
        [wrote("a", 0, 9), saw("a", 1, 2), saw("made", 3, 4, node=2)], {"a": [5]}, {}
    ),
    "what another node does not show, though it is acknowledged": Case(
        [wrote("a", 0, 1), saw("a", 1, 2), saw("made", 3, 4, node=2)],
        {"a": [5]},
        {"not_linearizable": ["here key description at node 2"]},
    ),
    "an unknown change that never came": Case(
        [wrote("a", 0, 1, Outcome.UNKNOWN), saw("made", 2, 3)], {}, {"unknown_never": 1}
    ),
    "an unknown change that never came and is seen": Case(
        [wrote("a", 0, 1, Outcome.UNKNOWN), saw("a", 2, 3)],
        {},
        {"unknown_never": 1, "not_linearizable": ["here key description at node 1"]},
    ),
    "an unknown change that came late": Case(
        [wrote("a", 0, 1, Outcome.UNKNOWN), saw("made", 2, 3), saw("a", 4, 5)], {"a": [5]}, {"unknown_in_effect": 1}
    ),
    "an unknown change is over when a later one is acknowledged": Case(
        [wrote("a", 0, 1, Outcome.UNKNOWN), wrote("b", 2, 3), saw("b", 4, 5), saw("a", 6, 7)],
        {"a": [5], "b": [6]},
        {"unknown_in_effect": 1, "not_linearizable": ["here key description at node 1"]},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_found(name: str) -> None:
    case = CASES[name]
    assert judged(case.calls, case.effects) == FINE._replace(**case.expected)


def test_a_share_counts_what_succeeded_and_a_pause_what_did_not() -> None:
    calls = [wrote("a", 0, 1), wrote("b", 1, 2, Outcome.UNKNOWN), wrote("c", 6, 7), wrote("d", 7, 8)]
    assert success_share(calls) == 0.75
    assert success_share([]) is None
    assert longest_pause(calls, 0, 8) == 6


def test_of_a_history_the_first_call_is_told_that_nothing_explains() -> None:
    write, stale = Operation(True, "a", 1, 2), Operation(False, "made", 3, 4)
    fine = [Operation(False, "made", 0, 0.5), write, Operation(False, "a", 2.9, 3.2)]
    assert first_impossible([*fine, stale, Operation(False, "made", 5, 6)], "made")[-1] == stale
