"""`.ci/run`: what fails soonest comes first, what does not rest on a failed stage goes on, and all of it is told."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

import pytest

SCRIPT: Final = Path(__file__).parents[1] / ".ci/run"
NEEDED: Final = ("make", "python3", "ps", "java", "mvn", "cargo", "npm", "softhsm2-util", "docker", "renice")
CONTAINERS: Final = ("start-engine", "stop-engine", "require-go")
STAGES: Final = ("check", "test", "simulate", "robustness", "thorough", "containers", "chart")
ASIDE: Final = ("containers", "chart")
"""The stages that something is prepared for aside."""
LACKING: Final = {"start-engine": {"containers"}, "require-go": {"containers", "chart"}}
"""What the machine cannot have, and the stages that rest on it."""
REQUIRED: Final = {"KEYTIDE_CI_WITH_CONTAINERS": "1"}
STUB: Final = """#!/bin/sh
echo "${0##*/} $*" >>"$CALLS"
[ "$1" != "$HANGING" ] || sleep 60
[ "$1" != "$FAILING" ] && [ "${0##*/}" != "$FAILING" ] || { echo "$FAILING is broken" >&2; exit 2; }
[ "${0##*/} $1" != "docker compose" ] || exit 1
"""
"""Docker answers, and has no Compose yet."""


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
    for folder, names in (("tools", NEEDED), ("containers", CONTAINERS)):
        (directory / folder).mkdir()
        for name in names:
            (directory / folder / name).write_text(STUB)
            (directory / folder / name).chmod(0o700)
    (directory / ".ci").mkdir()
    script = shutil.copy(SCRIPT, directory / ".ci/run")
    calls = directory / "calls"
    path = f"{directory / 'tools'}{os.pathsep}{os.environ['PATH']}"
    given = {
        **os.environ,
        "PATH": path,
        "CALLS": str(calls),
        "FAILING": failing,
        "HANGING": "none",
        "TMPDIR": str(directory),
    }
    given.pop("KEYTIDE_CI_WITH_CONTAINERS", None)
    ended = subprocess.run([script], env={**given, **environment}, capture_output=True, text=True, check=False)
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


@pytest.mark.parametrize("stage", ASIDE)
def test_a_stage_is_left_out_whose_preparation_failed_and_that_says_why(tmp_path: Path, stage: str) -> None:
    ended = run(tmp_path, f"prepare-{stage}")
    assert ended.status == 1
    assert ended.outcome(f"prepared {stage}") == "FAILED (1)"
    assert f"prepare-{stage} is broken" in ended.errors
    assert f"make {stage}" not in ended.calls
    assert {f"make {other}" for other in ASIDE if other != stage} < {*ended.calls}


def test_what_is_never_prepared_is_ended_and_fails_the_run(tmp_path: Path) -> None:
    ended = run(tmp_path, HANGING="prepare-containers", KEYTIDE_CI_LONGEST_WAIT="1")
    assert ended.status == 1
    assert [ended.outcome(f"prepared {stage}") for stage in ASIDE] == ["FAILED (1)"] * len(ASIDE)
    assert "make prepare-containers: status unknown" in ended.errors
    assert not {f"make {stage}" for stage in ASIDE} & {*ended.calls}


def test_what_gives_way_is_the_preparation_and_never_the_run(tmp_path: Path) -> None:
    """Once it has been ended, an empty group would be renice's own."""
    ended = run(tmp_path, HANGING="prepare-containers", KEYTIDE_CI_LONGEST_WAIT="1")
    groups = {call.partition(" -g ")[2] for call in ended.calls if call.startswith("renice ")}
    assert len(groups) == 1
    assert min(groups).isdigit()


@pytest.mark.parametrize("lacking", LACKING)
def test_what_the_machine_cannot_have_is_told_as_the_reason_why_a_stage_was_not_tested(
    tmp_path: Path, lacking: str
) -> None:
    ended = run(tmp_path, lacking)
    assert ended.status == 0
    for stage in ASIDE:
        if stage in LACKING[lacking]:
            assert ended.outcome(f"make {stage}") == "NOT TESTED"
            assert f"make {stage}: {lacking} is broken" in "\n".join(ended.told)
        else:
            assert ended.outcome(f"make {stage}") == "passed"
    assert not {f"make prepare-{stage}" for stage in LACKING[lacking]} & {*ended.calls}


@pytest.mark.parametrize("lacking", LACKING)
def test_where_containers_are_required_the_run_fails_for_what_the_machine_cannot_have(
    tmp_path: Path, lacking: str
) -> None:
    ended = run(tmp_path, lacking, **REQUIRED)
    assert ended.status == 1
    for stage in ASIDE:
        expected = "FAILED (2)" if stage in LACKING[lacking] else "passed"
        assert ended.outcome(f"ready_for_{stage}") == expected
    assert not {f"make {stage}" for stage in LACKING[lacking]} & {*ended.calls}


def test_a_run_without_containers_says_that_they_were_not_tested(tmp_path: Path) -> None:
    ended = run(tmp_path, KEYTIDE_CI_WITH_CONTAINERS="0")
    assert ended.status == 0
    assert [ended.outcome(f"make {stage}") for stage in ASIDE] == ["NOT TESTED"] * len(ASIDE)
    prepared = {f"make prepare-{stage}" for stage in ASIDE}
    assert not {"start-engine ", *prepared, "make containers", "make chart"} & {*ended.calls}


@pytest.mark.parametrize("failing", ["docker", "test", ".venv/.development-installed"])
def test_an_engine_that_was_there_goes_on_and_any_other_is_ended(tmp_path: Path, failing: str) -> None:
    ended = run(tmp_path, failing)
    assert ("stop-engine " in ended.calls) == (failing == "docker")


def test_a_run_leaves_no_files_behind(tmp_path: Path) -> None:
    run(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"tools", "containers", ".ci", "calls"}
