"""Regions agree on what is overtaken although two of them have handed a key to the third at once."""

import os

import pytest

from shared.keys import decide_grounds
from shared.keys.decide_grounds import has_two_grounds
from tests.simulation.campaign import Violation, _life
from tests.simulation.handed_twice import HandedTwiceWorld
from tests.simulation.planting import code
from tests.simulation.scheduler import run_seeded

SEEDS = int(os.environ.get("KEYTIDE_TEST_HANDED_SEEDS", "30"))
FIRST_SEED = int(os.environ.get("KEYTIDE_TEST_SEED", "0"))


class Counted(HandedTwiceWorld):
    twice = 0

    async def settle(self) -> None:
        keys = [(key, name) for name, region in self.regions.items() for key in region.keys().values()]
        Counted.twice += sum(has_two_grounds(key, name) for key, name in keys)
        await super().settle()


def live(seed: int) -> None:
    """Errors: Violation."""
    try:
        run_seeded(_life("promotion", Counted(seed)), seed)
    except Violation as violation:
        violation.add_note(f"KEYTIDE_TEST_SEED={seed} KEYTIDE_TEST_HANDED_SEEDS=1")
        raise


def live_all() -> None:
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
        live(seed)


def test_two_hand_overs_at_once_leave_one_history() -> None:
    Counted.twice = 0
    live_all()
    assert Counted.twice > 0


def _one_ground_is_enough(_key: object, _region: str) -> bool:
    return False


def test_a_region_that_leaves_it_at_two_grounds_is_found_out() -> None:
    with code(decide_grounds.has_two_grounds, _one_ground_is_enough)(), pytest.raises(Violation, match="overtaken"):
        live_all()
