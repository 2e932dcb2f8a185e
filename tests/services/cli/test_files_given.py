"""A file that a person names wrongly, or that is there already, is told in a line, and what was done is not hidden."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.cli.backup import shares
from services.cli.main import main
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology

HOME, PEER = "us-east-1", "eu-west-1"
ARCHIVE = "ab" * 16
NO_TEXT = bytes(range(128, 256))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    prepare(Topology((HOME, PEER), tmp_path, 8100, 1, kafka=False), 1_700_000_000_000)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ("backup", "keep-share", "FILE", "--region", PEER),
        ("verify", "--checkpoints", "FILE"),
    ],
)
def test_a_file_of_other_bytes_is_no_fault_of_the_program(
    command: tuple[str, ...], directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = directory / "other"
    file.write_bytes(NO_TEXT)
    given = [str(file) if word == "FILE" else word for word in command]
    assert main([*given, "--directory", str(directory)]) == 1
    told = capsys.readouterr()
    assert len((told.out + told.err).splitlines()) == 1


@pytest.mark.parametrize(("there", "status"), [(None, 0), ("the statement\n", 0), ("another\n", 1)])
def test_a_share_that_is_destroyed_is_told_so_whatever_is_in_the_file(
    there: str | None,
    status: int,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def ask(_settings: object, _verb: object, **_arguments: object) -> Any:
        return "the statement"

    monkeypatch.setattr(shares, "ask", ask)
    monkeypatch.setattr(
        shares, "OperatedRegions", lambda _directory: SimpleNamespace(node=lambda name: SimpleNamespace(region=name))
    )
    file = directory / "statement"
    if there is not None:
        file.write_text(there)
    destroy = ["backup", "destroy-share", ARCHIVE, "--of", HOME, "--region", PEER, "--to", str(file)]
    assert main([*destroy, "--directory", str(directory)]) == status
    told = capsys.readouterr()
    assert f"the share of {PEER} is destroyed" in told.out + told.err
    assert file.read_text() == (there or "the statement\n")
