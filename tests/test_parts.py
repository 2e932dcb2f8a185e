"""The suite in parts: no test is left out, none is in two, and what they have taken is told."""

from pathlib import Path

from tests.__main__ import ELSEWHERE, NAMED, PARTS, SLOWEST, Ended, summary
from tests.measured import Cost, read_costs

ROOT = Path(__file__).parents[1]
ALL = {path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")}


def under(*places: str) -> list[Path]:
    return [path for place in places for path in sorted(ALL) if path.is_relative_to(place)]


def test_every_test_file_is_in_one_part() -> None:
    named = [path for places in NAMED.values() for path in under(*places)]
    assert len(named) == len(set(named)) > 0
    assert set(named) == set(under(*ELSEWHERE)), "what the last part leaves out, another has"
    assert [*PARTS][-1] not in NAMED


def test_the_summary_names_what_failed_and_what_took_longest() -> None:
    costs = [Cost(float(wall), 0.5, f"test_{wall}") for wall in range(SLOWEST + 1)]
    lines = "\n".join(summary([Ended("one", 0, b"", 65.4, 30.2, costs), Ended("other", 2, b"", 1, 1, [])]))
    assert "one                    11     65 s       30 s\n" in lines
    assert "other                   0      1 s        1 s  failed (2)" in lines
    assert "in all                 11     65 s       31 s\n" in lines
    assert "   10.0 s    0.5 s  test_10" in lines
    assert "test_0" not in lines


def test_a_part_that_ended_before_its_first_test_has_cost_nothing(tmp_path: Path) -> None:
    assert read_costs(tmp_path / "none") == []
    (tmp_path / "one").write_text("1.500\t0.250\ttests/test_it.py::test_a[\t]\n")
    assert read_costs(tmp_path / "one") == [Cost(1.5, 0.25, "tests/test_it.py::test_a[\t]")]
