"""The root of a region's secrets: a private file, or a passphrase."""

from pathlib import Path

import pytest

from services.processes.command_line import PASSPHRASE_FILE_VARIABLE, PASSPHRASE_VARIABLE
from services.region_node.keys.root import (
    KeysUnavailable,
    RootPassphrase,
    create_root_file,
    find_root,
    found_root,
    read_root_file,
)
from shared.secrets import Secret

SALT, OTHER_SALT = b"\x01" * 32, b"\x02" * 32
PASSPHRASE = "correct horse battery"


def test_root_file_is_private_and_gives_the_same_key_again(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    create_root_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    root = read_root_file(path)
    assert root.sealing_key(SALT) == read_root_file(path).sealing_key(SALT)
    assert root.sealing_key(SALT) != root.sealing_key(OTHER_SALT)
    assert root.sealing_key(SALT).reveal() != path.read_bytes()
    assert [entry.name for entry in tmp_path.iterdir()] == ["root.key"]


def test_existing_root_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    create_root_file(path)
    content = path.read_bytes()
    with pytest.raises(KeysUnavailable, match="exists already"):
        create_root_file(path)
    assert path.read_bytes() == content


def test_root_file_that_a_crash_left_unfinished_is_no_root_file(tmp_path: Path) -> None:
    (tmp_path / "root.key.creating").write_bytes(b"half")
    create_root_file(tmp_path / "root.key")
    assert len((tmp_path / "root.key").read_bytes()) == 32


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_root_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "root.key"
    create_root_file(path)
    path.chmod(mode)
    with pytest.raises(KeysUnavailable, match="chmod 600"):
        read_root_file(path)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_root_file_of_another_length_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "root.key"
    path.write_bytes(bytes(length))
    path.chmod(0o600)
    with pytest.raises(KeysUnavailable, match="does not hold 32 bytes"):
        read_root_file(path)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable, match=r"root\.key cannot be read: No such file"):
        read_root_file(tmp_path / "root.key")
    with pytest.raises(KeysUnavailable, match="cannot be written"):
        create_root_file(tmp_path / "nowhere" / "root.key")


def test_short_passphrase_is_refused_without_being_shown() -> None:
    with pytest.raises(KeysUnavailable, match="at least 12") as refusal:
        RootPassphrase("the passphrase", Secret(b"hunter2"))
    assert "hunter2" not in str(refusal.value)


def test_environment_goes_before_root_file(tmp_path: Path) -> None:
    root_file = tmp_path / "root.key"
    create_root_file(root_file)
    assert find_root({PASSPHRASE_VARIABLE: PASSPHRASE}, root_file).description == PASSPHRASE_VARIABLE
    assert find_root({}, root_file).description == str(root_file)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_passphrase_in_a_file_is_the_same_passphrase(tmp_path: Path, end: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(PASSPHRASE.encode() + end.encode())
    given = find_root({PASSPHRASE_FILE_VARIABLE: str(file)}, tmp_path / "root")
    assert given.sealing_key(SALT) == find_root({PASSPHRASE_VARIABLE: PASSPHRASE}, tmp_path / "root").sealing_key(SALT)
    assert PASSPHRASE not in given.description


def test_a_passphrase_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable, match="secret, which KEYTIDE_ROOT_PASSPHRASE_FILE names, cannot be read"):
        find_root({PASSPHRASE_FILE_VARIABLE: str(tmp_path / "secret")}, tmp_path / "root")


def test_two_passphrases_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable, match="both set"):
        find_root({PASSPHRASE_VARIABLE: PASSPHRASE, PASSPHRASE_FILE_VARIABLE: "/secret"}, tmp_path / "root")


@pytest.mark.parametrize("variable", [PASSPHRASE_VARIABLE, PASSPHRASE_FILE_VARIABLE])
def test_no_root_file_is_made_where_the_root_is_a_passphrase(tmp_path: Path, variable: str) -> None:
    (tmp_path / "secret").write_text(PASSPHRASE)
    values = {PASSPHRASE_VARIABLE: PASSPHRASE, PASSPHRASE_FILE_VARIABLE: str(tmp_path / "secret")}
    found_root({variable: values[variable]}, tmp_path / "root")
    assert not (tmp_path / "root").exists()


def test_a_root_file_is_made_once(tmp_path: Path) -> None:
    made = found_root({}, tmp_path / "root").sealing_key(SALT)
    assert found_root({}, tmp_path / "root").sealing_key(SALT) == made


def test_a_passphrase_gives_the_same_key_for_the_same_salt() -> None:
    one, same = (RootPassphrase("here", Secret(PASSPHRASE.encode())) for _ in range(2))
    assert one.sealing_key(SALT) == same.sealing_key(SALT) != same.sealing_key(OTHER_SALT)
