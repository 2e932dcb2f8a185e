"""`.ci/run`: what fails soonest comes first, what does not rest on a failed stage goes on, and all of it is told."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

import pytest

SCRIPT: Final = Path(__file__).parents[1] / ".ci/run"
NEEDED: Final = ("make", "python3", "ps", "java", "mvn", "cargo", "npm", "softhsm2-util", "docker")
ENGINE: Final = ("start-engine", "stop-engine")
STAGES: Final = ("check", "test", "simulate", "robustness", "thorough", "containers", "chart")
ASIDE: Final = {"container-images": "containers", "chart-programs": "chart"}
"""What is prepared aside, and the stage that rests on it."""
WITH: Final = {"KEYTIDE_CI_WITH_CONTAINERS": "1"}
STUB: Final = """#!/bin/sh
echo "${0##*/} $*" >>"$CALLS"
[ "$1" != "$FAILING" ] && [ "${0##*/}" != "$FAILING" ] || { echo "$FAILING is broken" >&2; exit 2; }
"""


class Ended(NamedTuple):
    """`told`: the lines of the summary; `calls`: of the tools, in their order."""

    status: int
    told: list[str]
    errors: str
    calls: list[str]

    def outcome(self, stage: str) -> str:
        (line,) = (line for line in self.told if line[19:].strip().startswith(stage))
        return line[8:19].strip()


def run(directory: Path, failing: str = "docker", **environment: str) -> Ended:
    """Where every tool is there and `make FAILING`, or the tool, fails; `docker`: no engine answers yet."""
    for folder, names in (("tools", NEEDED), ("containers", ENGINE)):
        (directory / folder).mkdir()
        for name in names:
            (directory / folder / name).write_text(STUB)
            (directory / folder / name).chmod(0o700)
    (directory / ".ci").mkdir()
    script = shutil.copy(SCRIPT, directory / ".ci/run")
    calls = directory / "calls"
    path = f"{directory / 'tools'}{os.pathsep}{os.environ['PATH']}"
    given = {**os.environ, "PATH": path, "CALLS": str(calls), "FAILING": failing, "TMPDIR": str(directory)}
    ended = subprocess.run([script], env={**given, **WITH, **environment}, capture_output=True, text=True, check=False)
    told = ended.stdout.partition("== summary\n")[2].splitlines()
    return Ended(ended.returncode, told, ended.stderr, calls.read_text().splitlines())


def test_all_stages_run_and_are_told_with_their_times(tmp_path: Path) -> None:
    ended = run(tmp_path)
    assert ended.status == 0
    assert [line.split()[4] for line in ended.told if " make " in line] == [".venv/.development-installed", *STAGES]
    assert all(line.split()[1:3] == ["s", "passed"] for line in ended.told[:-1])
    assert ended.told[-1].endswith(" s  in all")


@pytest.mark.parametrize("failing", STAGES)
def test_the_stages_after_a_failed_one_go_on_and_the_run_fails(tmp_path: Path, failing: str) -> None:
    ended = run(tmp_path, failing)
    assert ended.status == 1
    assert [line for line in ended.told if "FAILED (2)" in line] == [
        line for line in ended.told if f"make {failing}" in line
    ]
    assert f"make {STAGES[-1]}" in ended.told[-2]


def test_nothing_is_tried_where_nothing_could_be_installed(tmp_path: Path) -> None:
    ended = run(tmp_path, ".venv/.development-installed")
    assert ended.status == 1
    assert "make .venv/.development-installed" in ended.told[-2]


@pytest.mark.parametrize("failing", ASIDE)
def test_a_stage_is_left_out_whose_preparation_failed_and_that_says_why(tmp_path: Path, failing: str) -> None:
    ended = run(tmp_path, failing)
    assert ended.status == 1
    assert ended.outcome(f"prepared {failing}") == "FAILED (2)"
    assert f"{failing} is broken" in ended.errors
    made = [line.split()[-1] for line in ended.told if "passed" in line and " make " in line]
    assert ASIDE[failing] not in made
    assert {*ASIDE.values()} - {ASIDE[failing]} < {*made}


def test_without_an_engine_the_run_fails_and_the_chart_is_tested_all_the_same(tmp_path: Path) -> None:
    ended = run(tmp_path, "start-engine")
    assert ended.status == 1
    assert ended.outcome("start_engine") == "FAILED (1)"
    assert "KEYTIDE_CI_WITH_CONTAINERS" in ended.errors
    assert not {"make container-images", "make containers"} & {*ended.calls}
    assert ended.outcome("make chart") == "passed"


def test_a_run_without_containers_says_that_they_were_not_tested(tmp_path: Path) -> None:
    ended = run(tmp_path, "start-engine", KEYTIDE_CI_WITH_CONTAINERS="")
    assert ended.status == 0
    assert [ended.outcome(f"make {stage}") for stage in ASIDE.values()] == ["NOT TESTED"] * len(ASIDE)
    prepared = {f"make {target}" for target in ASIDE}
    assert not {"start-engine ", *prepared, "make containers", "make chart"} & {*ended.calls}


@pytest.mark.parametrize("failing", ["docker", "test", ".venv/.development-installed"])
def test_an_engine_that_was_there_goes_on_and_any_other_is_ended(tmp_path: Path, failing: str) -> None:
    ended = run(tmp_path, failing)
    assert ("stop-engine " in ended.calls) == (failing == "docker")


def test_a_run_leaves_no_files_behind(tmp_path: Path) -> None:
    run(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"tools", "containers", ".ci", "calls"}
