"""What a run of seeds says where it ends, and where it is broken off."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.running import INTERRUPTED, Run

ROOT = Path(__file__).parents[2]


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


def test_a_run_needs_no_processes_that_are_forked() -> None:
    """As on macOS, and from Python 3.14 on: they import what they are to do."""
    program = (
        "import multiprocessing, runpy, sys; multiprocessing.set_start_method('spawn');"
        "sys.argv[1:] = ['seeds', '0', '2']; runpy.run_module('tests.simulation', run_name='__main__', alter_sys=True)"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout.splitlines()[-1:]) == (0, ["2 seeds, 0 violations"]), ended.stderr
