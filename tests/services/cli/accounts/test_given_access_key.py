"""A new access key is shown once, or stands in a file of its owner's alone."""

from pathlib import Path

import pytest

from services.cli.accounts.given_access_key import give, require_new
from services.cli.faults import CannotStart
from services.region_node.operator.questions import NewAccessKey
from shared.secrets import Secret

MADE = NewAccessKey("111122223333", "AKIANEW", Secret(b"shown-once"), ("AKIAFORMER",))


def given(file: Path | None) -> None:
    give(MADE, "It is made", "http://127.0.0.1:8100", "eu-west-1", file)


def test_it_is_shown_with_the_former_ones(capsys: pytest.CaptureFixture[str]) -> None:
    given(None)
    told = capsys.readouterr().out
    assert told.startswith("It is made. The secret is shown this once:\n\n  export AWS_ACCESS_KEY_ID=AKIANEW\n")
    assert "export AWS_SECRET_ACCESS_KEY=shown-once" in told
    assert "export AWS_DEFAULT_REGION=eu-west-1" in told
    assert told.endswith("The former access keys stay valid: AKIAFORMER.\n")


def test_in_a_file_it_is_for_its_owner_and_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "key.env"
    given(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert "export AWS_SECRET_ACCESS_KEY=shown-once\n" in file.read_text()
    told = capsys.readouterr().out
    assert "shown-once" not in told
    assert "AKIANEW" in told
    assert "AKIAFORMER" in told


def test_a_file_that_cannot_be_written_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given(tmp_path / "gone" / "key.env")
    captured = capsys.readouterr()
    assert "cannot be written" in captured.err
    assert "shown-once" in captured.out


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "key.env"
    require_new(file)
    require_new(None)
    file.touch()
    with pytest.raises(CannotStart, match="exists, and is not written over"):
        require_new(file)
    with pytest.raises(CannotStart, match="is no directory"):
        require_new(tmp_path / "gone" / "key.env")
