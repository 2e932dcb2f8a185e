"""The figures of a drill, from a fixed history."""

import pytest

from services.drill.calls import Kind
from services.drill.figures import Refusals, figures_of, longest_pause, shares_by_second
from tests.services.drill.histories import CALLS, COMMON_KEY, ENDED, FOUND, HOME, PEER, WRITES, call, history


def test_the_recovery_time_is_the_longest_pause_of_what_is_to_be_regained() -> None:
    assert figures_of(history(), Kind.COMMON, anywhere=True).recovery_time == 3.0
    assert figures_of(history(), Kind.CRYPTOGRAPHY, anywhere=False).recovery_time == 3.5


def test_shares_are_told_by_who_was_hit() -> None:
    figures = figures_of(history(), Kind.COMMON, anywhere=True)
    assert (figures.elsewhere, figures.hit) == (1.0, 0.25)


def test_the_recovery_point_counts_what_the_new_primary_had_not() -> None:
    figures = figures_of(history(), Kind.COMMON, anywhere=True)
    assert figures.recovery_point[Kind.COMMON] == pytest.approx(0.2)
    assert figures.recovery_point[Kind.CHANGES] == 0.0
    assert not any(figures.lost.values())
    assert figures.level == 0.25


def test_lost_changes_are_counted_by_kind() -> None:
    figures = figures_of(history(found={COMMON_KEY: "4"}, overtaken=0), Kind.COMMON, anywhere=True)
    assert figures.lost == {Kind.CHANGES: 2, Kind.SYNCHRONOUS: 1, Kind.COMMON: 1}
    assert figures.acknowledged == {Kind.CHANGES: 2, Kind.SYNCHRONOUS: 1, Kind.COMMON: 4}
    assert figures.recovery_point[Kind.CHANGES] == 1.0


def test_what_is_listed_as_overtaken_is_not_lost() -> None:
    found = {**FOUND, COMMON_KEY: "2"}
    lost = [
        figures_of(history(found=found, overtaken=count), Kind.COMMON, anywhere=True).lost for count in (0, 1, 2, 3)
    ]
    assert [one[Kind.COMMON] for one in lost] == [2, 1, 0, 0]


def test_what_was_lost_before_a_moment_is_counted_apart() -> None:
    found = {key: value for key, value in FOUND.items() if key != "key-1"}
    assert figures_of(history(found=found, since=1.2), Kind.COMMON, anywhere=True).lost_before == 1
    assert figures_of(history(found=found, since=1.0), Kind.COMMON, anywhere=True).lost_before == 0
    assert len(WRITES) > 1


def test_refusals_are_told_from_unknown_outcomes() -> None:
    found = figures_of(history(), Kind.COMMON, anywhere=True).refusals
    assert found == (
        Refusals(HOME, "changes in common", "Operation", "TimeoutError", False, 1),
        Refusals(HOME, "cryptography", "Operation", "ConnectionRefusedError", True, 3),
    )


def test_shares_by_second_say_where_nothing_was_asked() -> None:
    shares = shares_by_second(CALLS, Kind.CRYPTOGRAPHY, HOME, ENDED)
    assert shares == [1.0, 1.0, 0.0, 0.0, 0.0, 1.0, None, None, None]
    mixed = [call(PEER, Kind.CHANGES, 0.2), call(PEER, Kind.CHANGES, 0.4, "Refused")]
    assert shares_by_second(mixed, Kind.CHANGES, PEER, 0.5) == [0.5]


def test_a_pause_without_any_success_lasts_the_whole_time() -> None:
    assert longest_pause([], 2.0, 9.0) == 7.0
