"""The checker of histories finds what is wrong, and nothing else."""

from collections.abc import Hashable, Sequence
from itertools import combinations, permutations
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.linearizability import Operation, is_linearizable


def write(value: bool, began: float, ended: float) -> Operation:
    return Operation(True, value, began, ended)


def read(value: bool | None, began: float, ended: float) -> Operation:
    return Operation(False, value, began, ended)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([write(False, 0, 1), read(False, 2, 3)], True),
        ([write(False, 0, 1), read(True, 2, 3)], False),
        ([write(False, 0, 3), read(True, 1, 2)], True),
        ([write(False, 0, 9), read(False, 1, 2), read(True, 3, 4)], False),
        ([write(False, 0, inf), read(True, 1, 2), read(False, 3, 4)], True),
        ([write(False, 0, inf), read(True, 1, 2)], True),
        ([write(False, 0, inf), read(False, 1, 2), read(True, 3, 4)], False),
        ([write(False, 0, 9), write(True, 0, 9), read(False, 1, 2), read(True, 3, 4)], True),
        ([write(False, 0, 1), write(True, 2, 3), read(False, 4, 5)], False),
    ],
)
def test_histories_of_a_register(history: list[Operation], expected: bool) -> None:
    assert is_linearizable(history, initial=True) is expected


def test_a_long_history_is_checked_in_good_time() -> None:
    history = [write(bool(at % 2), at, at + 0.9) for at in range(2_000)]
    history += [read(bool(at % 2), at + 0.91, at + 0.99) for at in range(2_000)]
    assert is_linearizable(history, initial=True)


def test_calls_that_were_cut_off_do_not_make_it_endless() -> None:
    history = [write(bool(at % 3 == 0), at, inf if at % 2 else at + 0.5) for at in range(200)]
    history += [read(bool(at % 3 == 0), at + 0.6, at + 0.7) for at in range(0, 200, 2)]
    assert is_linearizable(history, initial=True)
    cut_off = [write(True, at, inf) for at in range(40)]
    assert not is_linearizable([*cut_off, write(False, 50, 51), read(None, 52, 53)], initial=True)


OPERATIONS = st.builds(
    lambda is_write, value, began, lasts, unknown: Operation(
        is_write, value, began, inf if unknown and is_write else began + lasts
    ),
    *(st.booleans(), st.booleans(), st.integers(0, 6), st.integers(1, 4), st.booleans()),
)


def is_explained(order: Sequence[Operation], initial: bool) -> bool:
    """Whether the operations, one after the other in this order, give what was read, and none began too late."""
    value: Hashable = initial
    for operation in order:
        if not operation.is_write and operation.value != value:
            return False
        value = operation.value
    return not any(later.ended < earlier.began for at, earlier in enumerate(order) for later in order[at + 1 :])


@given(st.lists(OPERATIONS, max_size=5))
def test_it_finds_an_order_where_there_is_one(history: list[Operation]) -> None:
    sure = [one for one in history if one.ended < inf]
    unknown = [one for one in history if one.ended == inf]
    chosen = [[*sure, *some] for count in range(len(unknown) + 1) for some in combinations(unknown, count)]
    expected = any(is_explained(order, True) for some in chosen for order in permutations(some))
    assert is_linearizable(history, initial=True) is expected
