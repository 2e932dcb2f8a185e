"""The estimate of how many there are."""

import random
from itertools import islice

import pytest

from shared.estimate import NEAR, SAMPLE, estimated_count


def random_ids(count: int) -> list[str]:
    numbers = random.Random(count)
    return sorted(f"{numbers.getrandbits(256):064x}" for _ in range(count))


@pytest.mark.parametrize("count", [0, 1, SAMPLE - 1])
def test_few_are_counted(count: int) -> None:
    assert estimated_count(random_ids(count)) == count


@pytest.mark.parametrize("count", [SAMPLE, 1_000, 50_000])
def test_many_are_told_from_the_first(count: int) -> None:
    ids = iter(random_ids(count))
    assert NEAR * count < estimated_count(ids) < count / NEAR
    assert sum(1 for _ in ids) == count - SAMPLE


def test_ids_may_go_on_after_their_digits() -> None:
    ids = [f"{number:08x}-0000" for number in range(0, 2**32, 2**32 // 1_000)]
    assert round(estimated_count(islice(ids, None))) == 1_004
