"""What a run of seeds says where it ends, and where it is broken off."""

import pytest

from tests.simulation.__main__ import INTERRUPTED, Run


def test_a_run_that_ends_says_how_many_seeds_were_lived(capsys: pytest.CaptureFixture[str]) -> None:
    assert Run(0, 30).run() == 0
    *_, progress, _, last = capsys.readouterr().out.splitlines()
    assert last == "30 seeds, 0 violations"
    assert progress.endswith("next FIRST=30")


def test_an_interrupted_run_says_how_far_it_has_come_and_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(1000, 500)
    run.done = 75
    assert run._end(interrupted=True) == INTERRUPTED
    *_, done, command = capsys.readouterr().out.splitlines()
    assert done == "75 seeds, 0 violations"
    assert command.endswith("make simulate FIRST=1075 SEEDS=425")
