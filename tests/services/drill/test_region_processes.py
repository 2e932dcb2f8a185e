"""The processes of a region are told by their directory, and no others are ended."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.drill.faults import CannotDrill
from services.drill.region_processes import kill, of_directory

WAITING = "import sys; sys.stdin.readline()"


@contextmanager
def waiting(*words: str, within: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-c", WAITING, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=within) as process:
        try:
            yield process
        finally:
            process.kill()


def numbers(place: Path) -> list[int]:
    return [process.number for process in of_directory(place)]


def test_a_process_is_found_by_its_directory_whichever_way_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    words = ("services.cli", "node", "--directory")
    with (
        waiting(*words, str(tmp_path / "one"), within=tmp_path) as absolute,
        waiting(*words, "one", within=tmp_path) as relative,
    ):
        assert sorted(numbers(tmp_path / "one")) == sorted([absolute.pid, relative.pid])


def test_what_names_another_directory_or_is_no_keytide_is_left_alone(tmp_path: Path) -> None:
    place = str(tmp_path / "one")
    with (
        waiting("services.cli", "--directory", f"{place}.node-2", within=tmp_path) as other,
        waiting("another.program", "--directory", place, within=tmp_path) as stranger,
        waiting("services.cli", "node", "--directory", place, within=tmp_path) as own,
    ):
        kill(of_directory(tmp_path / "one"))
        assert own.wait(20) < 0
        assert (other.poll(), stranger.poll()) == (None, None)
        assert numbers(tmp_path / "one") == []


def test_a_machine_without_ps_is_told_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotDrill, match="procps"):
        of_directory(tmp_path)
