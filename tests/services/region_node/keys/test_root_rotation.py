"""Another root: the same keys, no trace of the former files, and no step after which the region is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.region_node.keys import region_keys, root_rotation
from services.region_node.keys.cabinet import domain_file
from services.region_node.keys.key_cabinet import open_cabinet
from services.region_node.keys.key_files import create_region_keys, open_region_keys
from services.region_node.keys.root import KeysUnavailable, create_root_file, read_root_file
from services.region_node.keys.root_rotation import RootRotation
from shared.secrets import Secret

REGION, NOW = "us-east-1", 1_800_000_000_000


class Interrupted(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With few keys: a rotation is broken off at each of its steps."""
    monkeypatch.setattr(region_keys, "BUCKETS_A_PARTITION", 2)
    create_root_file(tmp_path / "root")
    create_region_keys(tmp_path / "keys", REGION, 1, read_root_file(tmp_path / "root"), NOW)
    return tmp_path


def rotation(directory: Path) -> RootRotation:
    return RootRotation(directory / "keys", REGION, directory / "root")


def secrets_of(directory: Path) -> dict[str, Secret]:
    """All that the files hold, under the root file as it is."""
    cabinet = open_cabinet(directory / "keys" / REGION, REGION, read_root_file(directory / "root"))
    return {name: cabinet.open(name) for name in cabinet.names()}


def contents(directory: Path) -> set[bytes]:
    return {path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_the_same_keys_lie_under_another_root_and_nothing_of_the_former_is_left(directory: Path) -> None:
    before, files, root = secrets_of(directory), contents(directory), (directory / "root").read_bytes()
    manifest = (directory / "keys" / REGION / "manifest.json").read_bytes()
    rotation(directory).run()
    assert secrets_of(directory) == before
    assert (directory / "root").read_bytes() != root
    assert contents(directory) & files == {manifest}
    assert {path.name for path in directory.iterdir()} == {"root", "keys"}
    assert [path.name for path in (directory / "keys").iterdir()] == [REGION]
    assert (directory / "root").stat().st_mode & 0o777 == 0o600
    assert open_region_keys(directory / "keys", REGION, read_root_file(directory / "root")).region == REGION


def counting(step: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    def counted(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Interrupted
        return step(*arguments, **named)

    return counted


STEPS = ("write_new_file", "sync_directory", "create_root_file", "overwrite")


def interrupted(directory: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the rotation was ended before its step of that number."""
    left = [at]
    with monkeypatch.context() as patched:
        for name in STEPS:
            patched.setattr(root_rotation, name, counting(getattr(root_rotation, name), left))
        patched.setattr(Path, "rename", counting(Path.rename, left))
        patched.setattr(Path, "replace", counting(Path.replace, left))
        patched.setattr(Path, "unlink", counting(Path.unlink, left))
        try:
            rotation(directory).run()
        except Interrupted:
            return True
    return False


def test_a_rotation_that_was_broken_off_anywhere_is_gone_on_with(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = secrets_of(directory)
    at = 0
    while interrupted(directory, at, monkeypatch):
        rotation(directory).run()
        assert secrets_of(directory) == before, f"ended before step {at}"
        assert {path.name for path in directory.iterdir()} == {"root", "keys"}
        assert [path.name for path in (directory / "keys").iterdir()] == [REGION]
        at += 1
    assert at > 30


def test_what_the_region_has_made_since_a_rotation_was_broken_off_is_kept(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new files lay ready beside; then the region ran again, and a bucket has advanced."""
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", counting(Path.rename, [0]))
        with pytest.raises(Interrupted):
            rotation(directory).run()
    cabinet = open_cabinet(directory / "keys" / REGION, REGION, read_root_file(directory / "root"))
    cabinet.add(domain_file(0, 2), Secret(b"k" * 32))
    rotation(directory).run()
    assert secrets_of(directory)[domain_file(0, 2)] == Secret(b"k" * 32)


def test_a_wrong_root_changes_nothing(directory: Path) -> None:
    (directory / "root").unlink()
    create_root_file(directory / "root")
    files = contents(directory)
    with pytest.raises(KeysUnavailable, match="is not the root"):
        rotation(directory).run()
    assert contents(directory) >= files
    assert {path.name for path in (directory / "keys").iterdir()} >= {REGION}
