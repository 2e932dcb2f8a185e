"""Files that survive a power cut: written, synced, and only then in their place."""

import os
from pathlib import Path

import pytest

from services.cli.faults import fault_line
from services.durable_file import new_file, place_new_file, replace_file


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens to files and directories, in order."""
    done: list[str] = []
    fsync, replace, link = os.fsync, Path.replace, Path.hardlink_to

    def synced(descriptor: int) -> None:
        done.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        fsync(descriptor)

    def replaced(path: Path, target: Path) -> Path:
        done.append(f"rename {path.name} {target.name}")
        return replace(path, target)

    def linked(path: Path, target: Path) -> None:
        done.append(f"link {target.name} {path.name}")
        link(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    monkeypatch.setattr(Path, "hardlink_to", linked)
    return done


def test_what_replaces_a_file_is_durable_before_it_stands_there(tmp_path: Path, steps: list[str]) -> None:
    path = tmp_path / "node.json"
    path.write_text("old")
    replace_file(path, b"new")
    assert steps == ["sync node.json.creating", "rename node.json.creating node.json", f"sync {tmp_path.name}"]
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "node.json.creating").write_text("half")
    replace_file(tmp_path / "node.json", b"whole")
    assert (tmp_path / "node.json").read_bytes() == b"whole"


def test_what_is_written_anew_all_the_time_waits_for_no_disk(tmp_path: Path, steps: list[str]) -> None:
    replace_file(tmp_path / "worker-1.json", b"{}", durable=False)
    assert steps == ["rename worker-1.json.creating worker-1.json"]


def test_a_new_file_is_durable_before_it_stands_there_and_replaces_nothing(tmp_path: Path, steps: list[str]) -> None:
    path = tmp_path / "root"
    place_new_file(path, b"first")
    assert steps == ["sync root.creating", "link root.creating root", f"sync {tmp_path.name}"]
    with pytest.raises(FileExistsError) as refused:
        place_new_file(path, b"second")
    assert fault_line(refused.value) == f"{path}: File exists"
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_written_piece_by_piece_stands_there_once_it_is_whole(tmp_path: Path, steps: list[str]) -> None:
    path = tmp_path / "export"
    with new_file(path) as file:
        file.write(b"first ")
        file.write(b"second")
        assert not path.exists()
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"first second", 0o600)
    assert steps == ["sync export.creating", "link export.creating export", f"sync {tmp_path.name}"]
    with pytest.raises(FileExistsError), new_file(path):
        pytest.fail("there is one already")
    assert path.read_bytes() == b"first second"


def written_in_half(path: Path) -> None:
    with new_file(path) as file:
        file.write(b"half")
        raise ValueError("damaged")


def test_nothing_is_left_of_a_file_whose_writing_failed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="damaged"):
        written_in_half(tmp_path / "export")
    assert list(tmp_path.iterdir()) == []
