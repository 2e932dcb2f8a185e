"""Whether a history of one register is linearizable: a small checker after Wing and Gong.

Source: Wing and Gong, "Testing and Verifying Concurrent Objects", JPDC 17 (1993); the memory of what was tried is
Lowe's, "Testing for linearizability", CCPE 29 (2017). A write whose outcome is unknown may take effect at any time
after it began, or never.
"""

from collections.abc import Hashable
from math import inf
from typing import NamedTuple


class Operation(NamedTuple):
    """A write of `value`, or a read that gave it, between two moments of one clock. `ended` infinite: unknown."""

    is_write: bool
    value: Hashable
    began: float
    ended: float


def is_linearizable(history: list[Operation], initial: Hashable) -> bool:
    """Whether some order of the operations explains what was read, and agrees with what was over before what began."""
    operations = sorted(history, key=lambda operation: operation.began)
    tried: set[tuple[int, frozenset[int], Hashable]] = set()
    todo = [(0, frozenset[int](), initial)]
    while todo:
        state = todo.pop()
        if state in tried:
            continue
        tried.add(state)
        first, done, value = state
        while first in done:
            done, first = done - {first}, first + 1
        if all(operations[at].ended == inf for at in range(first, len(operations)) if at not in done):
            return True
        todo.extend(_next(operations, first, done, value))
    return False


def _next(
    operations: list[Operation], first: int, done: frozenset[int], value: Hashable
) -> list[tuple[int, frozenset[int], Hashable]]:
    """The states after each operation that may take effect now: none is over that began after another had ended.

    A read that fits changes nothing, so that taking it at once closes no way. Of writes of one value whose outcome is
    unknown the earliest serves as well as any, and one of the present value changes nothing: with each of them tried, a
    history would take twice as long for every call that was cut off.
    """
    found: list[tuple[int, frozenset[int], Hashable]] = []
    earliest_end, alike = inf, {value}
    for at in range(first, len(operations)):
        operation = operations[at]
        if operation.began > earliest_end:
            break
        if at in done:
            continue
        earliest_end = min(earliest_end, operation.ended)
        if operation.is_write and operation.ended == inf:
            if operation.value not in alike:
                found.append((first, done | {at}, operation.value))
            alike.add(operation.value)
        elif operation.is_write:
            found.append((first, done | {at}, operation.value))
        elif operation.value == value:
            return [(first, done | {at}, value)]
    return found
