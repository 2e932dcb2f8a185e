"""The checker of histories finds what is wrong, and nothing else."""

from math import inf

import pytest

from tests.linearizability import Operation, is_linearizable


def write(value: bool, began: float, ended: float) -> Operation:
    return Operation(True, value, began, ended)


def read(value: bool, began: float, ended: float) -> Operation:
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
