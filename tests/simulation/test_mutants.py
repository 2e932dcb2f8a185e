"""Each planted bug is caught, in so few seeds that every run of the tests does it. `make mutants` counts them."""

import pytest

from tests.simulation.catching import catch
from tests.simulation.mutants import MUTANTS
from tests.thoroughness import often, thorough

SEEDS_MOST = 250
EACH = often(1, otherwise=2)
"""`make test` plants every second one."""


@thorough
@pytest.mark.parametrize("name", [*MUTANTS][::EACH])
def test_planted_bug_is_caught(name: str) -> None:
    assert catch(name, most=SEEDS_MOST).seeds is not None, MUTANTS[name].says


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= 20
