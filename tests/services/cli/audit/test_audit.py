"""`keytide audit list`: what is told of trails that hold anything, and where there is none."""

import errno
import json
import os
from pathlib import Path

import msgspec
import pytest

from services.audit.exporting import WRITERS
from services.cli.main import main
from services.cli.operated_regions import OperatedRegions
from tests.services.audit.making import Chaining, batch, entry, opened
from tests.services.cli.counted_regions import REGIONS, made

HOME, PEER = REGIONS


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return made(tmp_path)


def _recorded(directory: Path, region: str) -> None:
    """A call that nobody should make, between two others."""
    strange = {"ValidTo": 1e300, "EncryptionContext": {"\x9b31m\U000e0001": "\u2028"}}
    entries = entry(0), msgspec.structs.replace(entry(1), parameters=strange, resources=("no ARN",)), entry(2)
    opened(OperatedRegions(directory).nodes[region].trail_directory).ingest(batch([Chaining().frame(*entries)]))


def test_json_lines_are_json_whatever_was_called(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for region in REGIONS:
        _recorded(directory, region)
    assert main(["audit", "list", "--json", "--region", HOME, "--directory", str(directory)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["requestID"] for line in lines] == ["request-2", "request-1", "request-0"]
    assert json.loads(lines[1])["requestParameters"] == {
        "validTo": 1e300, "encryptionContext": {"\x9b31m\U000e0001": "\u2028"},
    }  # fmt: skip
    assert main(["audit", "list", "--region", HOME, "--directory", str(directory)]) == 0
    assert "request-1" in capsys.readouterr().out


def test_where_there_is_no_trail_that_is_told(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "list", "--directory", str(directory)]) == 1
    shown = capsys.readouterr()
    assert "there is no audit trail in" in shown.err
    assert shown.out == ""


def test_a_region_without_a_trail_hides_nothing_of_the_others(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _recorded(directory, PEER)
    assert main(["audit", "list", "--directory", str(directory)]) == 0
    shown = capsys.readouterr()
    assert f"{HOME}: there is no audit trail in" in shown.err
    assert "request-1" in shown.out


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_disk_that_is_full_is_told_in_a_line_and_leaves_nothing(
    directory: Path, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    _recorded(directory, HOME)
    file = tmp_path / "events"
    monkeypatch.setitem(WRITERS, form, full)
    command = ["audit", "export", "--file", str(file), "--format", form, "--region", HOME]
    assert main([*command, "--directory", str(directory)]) == 1
    assert f"{file} cannot be written: No space left on device" in capsys.readouterr().err
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith("events")]
