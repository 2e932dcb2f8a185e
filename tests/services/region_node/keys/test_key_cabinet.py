"""The cabinet between two runs: what it keeps is whole, what it destroyed is gone, wherever it was interrupted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.region_node.keys import key_cabinet
from services.region_node.keys.cabinet import domain_file
from services.region_node.keys.key_cabinet import KeyCabinet, open_cabinet
from services.region_node.keys.key_files import create_region_keys
from services.region_node.keys.root import KeysUnavailable, RootFile
from shared.secrets import Secret

REGION, NOW = "us-east-1", 1_800_000_000_000
ROOT = RootFile("root", Secret(b"\x05" * 32))
NAME, SECRET = domain_file(0, 2), Secret(b"k" * 32)
OLD = domain_file(0, 1)


class Interrupted(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_region_keys(tmp_path, REGION, 1, ROOT, NOW)
    return tmp_path / REGION


def cabinet(folder: Path) -> KeyCabinet:
    return open_cabinet(folder, REGION, ROOT)


def test_what_was_added_is_there_for_whoever_opens_the_cabinet_later(folder: Path) -> None:
    reader = cabinet(folder)
    cabinet(folder).add(NAME, SECRET)
    assert reader.domain_key(0, 2) == cabinet(folder).open(NAME) == SECRET
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600
    assert SECRET.reveal() not in (folder / NAME).read_bytes()


def test_what_is_kept_is_never_written_over(folder: Path) -> None:
    before = cabinet(folder).open(OLD)
    with pytest.raises(KeysUnavailable, match="exists already"):
        cabinet(folder).add(OLD, SECRET)
    assert cabinet(folder).open(OLD) == before


def test_what_was_destroyed_is_gone_for_everybody_and_cannot_be_put_back_from_the_folder(folder: Path) -> None:
    reader, before = cabinet(folder), (folder / OLD).read_bytes()
    cabinet(folder).add(NAME, SECRET)
    cabinet(folder).destroy([OLD])
    assert reader.domain_key(0, 1) is None
    assert OLD not in reader.names()
    assert not any(before in path.read_bytes() for path in folder.iterdir())
    cabinet(folder).destroy([OLD])


def test_a_destroyed_file_is_overwritten_before_it_is_unlinked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = (folder / OLD).read_bytes(), []
    unlink = Path.unlink

    def watched(path: Path, missing_ok: bool = False) -> None:
        if path.name == OLD:
            seen.append(path.read_bytes())
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", watched)
    cabinet(folder).destroy([OLD])
    (content,) = seen
    assert len(content) == len(before)
    assert content != before


def add(folder: Path) -> None:
    cabinet(folder).add(NAME, SECRET)


def destroy(folder: Path) -> None:
    cabinet(folder).destroy([OLD])


STEPS = (
    (add, "write_new_file"),
    (add, "sync_directory"),
    (add, "replace_file"),
    (destroy, "replace_file"),
    (destroy, "overwrite"),
    (destroy, "sync_directory"),
)


@pytest.mark.parametrize(("work", "step"), STEPS)
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_an_interruption_at_any_step_leaves_a_cabinet_that_opens(
    folder: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[Path], None], step: str, before: bool
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(key_cabinet, step, interrupting(getattr(key_cabinet, step), before=before))
        with pytest.raises(Interrupted):
            work(folder)
    again = cabinet(folder)
    for name in again.names():
        again.open(name)
    again.destroy(())
    assert {path.name for path in folder.iterdir()} == {*again.names(), "salt", "manifest.json"}
    if work is destroy or NAME not in again.names():
        work(folder)
    assert (NAME in again.names(), OLD in again.names()) == ((True, True) if work is add else (False, False))


def interrupting(step: Callable[..., None], *, before: bool) -> Callable[..., None]:
    def interrupted(*arguments: object, **named: object) -> None:
        if not before:
            step(*arguments, **named)
        raise Interrupted

    return interrupted
