"""Which acknowledged changes count as lost."""

import pytest

from services.drill.calls import Kind
from services.drill.writes import Write, lost_writes, recovery_point


def write(value: str, acknowledged: float | None, subject: str = "key") -> Write:
    return Write(subject, "us-east-1", Kind.CHANGES, value, acknowledged)


@pytest.mark.parametrize(
    ("writes", "found", "lost"),
    [
        ([("a", 1.0), ("b", 2.0)], "b", []),
        ([("a", 1.0), ("b", 2.0)], "a", ["b"]),
        ([("a", 1.0), ("b", 2.0)], None, ["a", "b"]),
        ([("a", 1.0), ("b", None)], "a", []),
        ([("a", 1.0), ("b", None)], "b", []),
        ([("a", 1.0), ("b", None), ("c", 3.0)], "b", ["c"]),
        ([("a", 1.0)], "of nobody", ["a"]),
        ([], None, []),
    ],
)
def test_what_is_found_shows_every_change_up_to_it(
    writes: list[tuple[str, float | None]], found: str | None, lost: list[str]
) -> None:
    made = [write(*one) for one in writes]
    assert [one.value for one in lost_writes(made, {} if found is None else {"key": found})] == lost


def test_subjects_are_told_apart() -> None:
    made = [write("a", 1.0), write("a", 1.0, "other"), write("b", 2.0)]
    assert lost_writes(made, {"key": "b"}) == [made[1]]


def test_the_recovery_point_is_the_oldest_missing_change_of_before_the_fault() -> None:
    assert recovery_point([write("a", 8.0), write("b", 9.5), write("c", 11.0), write("d", None)], 10.0) == 2.0
    assert recovery_point([write("c", 11.0)], 10.0) == 0.0
    assert recovery_point([], 10.0) == 0.0
