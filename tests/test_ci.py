"""`.ci/run`: what fails soonest comes first, what does not rest on a failed stage goes on, and all of it is told."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci/run"
NEEDED = ("make", "python3", "ps", "java", "mvn", "cargo", "npm", "softhsm2-util")
STAGES = ("check", "test", "simulate", "robustness", "thorough")


def run(directory: Path, failing: str = "") -> tuple[int, list[str]]:
    """The status, and the lines of the summary, where every tool is there and `make failing` fails."""
    tools = directory / "tools"
    tools.mkdir()
    for name in NEEDED:
        (tools / name).write_text(f'#!/bin/sh\n[ "$1" != "{failing}" ] || exit 2\n')
        (tools / name).chmod(0o700)
    (directory / ".ci").mkdir()
    script = shutil.copy(SCRIPT, directory / ".ci/run")
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run([script], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout.partition("== summary\n")[2].splitlines()


def test_all_stages_run_and_are_told_with_their_times(tmp_path: Path) -> None:
    status, told = run(tmp_path)
    assert status == 0
    assert [line.split()[4] for line in told if " make " in line] == [".venv/.development-installed", *STAGES]
    assert all(line.split()[1:3] == ["s", "passed"] for line in told[:-1])
    assert told[-1].endswith(" s  in all")


@pytest.mark.parametrize("failing", STAGES)
def test_the_stages_after_a_failed_one_go_on_and_the_run_fails(tmp_path: Path, failing: str) -> None:
    status, told = run(tmp_path, failing)
    assert status == 1
    assert [line for line in told if "FAILED (2)" in line] == [line for line in told if f"make {failing}" in line]
    assert f"make {STAGES[-1]}" in told[-2]


def test_nothing_is_tried_where_nothing_could_be_installed(tmp_path: Path) -> None:
    status, told = run(tmp_path, ".venv/.development-installed")
    assert status == 1
    assert "make .venv/.development-installed" in told[-2]
