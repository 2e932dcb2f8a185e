"""The table of scenarios: every row can be carried out, and expects something."""

import inspect

import pytest

from services.drill.expectations import ALWAYS
from services.drill.scenarios import SCENARIOS, Need, Scenario
from services.drill.stage import injury


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_every_scenario_names_a_fault_and_expects_what_all_do(scenario: Scenario) -> None:
    assert list(inspect.signature(injury(scenario)).parameters) == ["stage"]
    assert set(ALWAYS) <= set(scenario.expects)
    assert len(scenario.expects) > len(ALWAYS)


def test_every_need_is_some_scenarios() -> None:
    assert {one.needs for one in SCENARIOS.values()} - {None} == set(Need)
