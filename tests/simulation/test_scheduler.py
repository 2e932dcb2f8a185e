"""What is ready is put into order as `Random.shuffle` does it: a seed that somebody was told stays what it was."""

import random

import pytest

from tests.simulation.scheduler import SeededLoop


@pytest.mark.parametrize("many", [0, 1, 2, 3, 8, 9, 100])
def test_ready_handles_are_shuffled_number_for_number_as_by_the_library(many: int) -> None:
    expected, shuffled = [*range(many)], [*range(many)]
    random.Random(7).shuffle(expected)
    loop = SeededLoop(7)
    loop._shuffle(shuffled)
    loop.close()
    assert shuffled == expected
