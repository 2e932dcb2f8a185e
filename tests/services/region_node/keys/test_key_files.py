"""A region's keys on disk: whole or not at all, opened by their root only, and clear words for whatever is wrong."""

import json
from pathlib import Path

import pytest

from services.region_node.keys import key_files
from services.region_node.keys.key_files import create_region_keys, open_region_keys
from services.region_node.keys.region_keys import RegionKeys, make_region_keys
from services.region_node.keys.root import KeysUnavailable, RootFile
from shared.crypto.buckets import BUCKETS_A_PARTITION
from shared.crypto.region_card import decode_card
from shared.crypto.sealing import seal
from shared.secrets import Secret

REGION = "us-east-1"
PARTITIONS = 2
BUCKETS = PARTITIONS * BUCKETS_A_PARTITION
NOW = 1_800_000_000_000
ROOT = RootFile("root.key", Secret(b"\x05" * 32))
OTHER_ROOT = RootFile("other.key", Secret(b"\x06" * 32))


@pytest.fixture
def created(tmp_path: Path) -> RegionKeys:
    return create_region_keys(tmp_path, REGION, PARTITIONS, ROOT, NOW)


def _files(directory: Path) -> list[Path]:
    return sorted((directory / REGION).iterdir())


def _same(one: RegionKeys, other: RegionKeys) -> bool:
    def values(keys: RegionKeys) -> tuple[object, ...]:
        seeds = {number: key.seed for number, key in keys.sealing_keys.items()}
        domain_keys = dict(keys.domain_keys.held())
        return keys.region, keys.mac_key_id, keys.mac_key, keys.identity.seed, seeds, domain_keys, keys.encoded_card

    return values(one) == values(other)


def test_keys_come_back_as_they_were_made(tmp_path: Path, created: RegionKeys) -> None:
    opened = open_region_keys(tmp_path, REGION, ROOT)
    assert _same(opened, created)
    assert sorted(opened.domain_keys.held()) == [(bucket, 1) for bucket in range(BUCKETS)]
    assert decode_card(opened.encoded_card) == opened.card


def test_opened_keys_open_what_was_sealed_to_their_card(tmp_path: Path, created: RegionKeys) -> None:
    secret = Secret(b"secret")
    sealed = seal(created.card.sealing_public, created.card.sealing_number, secret, "binding")
    opened = open_region_keys(tmp_path, REGION, ROOT)
    assert opened.sealing_keys[opened.card.sealing_number].open(sealed, "binding") == secret


def test_files_are_the_owner_s_alone_and_hold_no_secret_in_clear(tmp_path: Path, created: RegionKeys) -> None:
    secrets = [created.mac_key, created.identity.seed, created.sealing_keys[1].seed]
    secrets += created.domain_keys.held().values()
    assert (tmp_path / REGION).stat().st_mode & 0o777 == 0o700
    for path in _files(tmp_path):
        assert path.stat().st_mode & 0o777 == 0o600
        assert not any(secret.reveal() in path.read_bytes() for secret in secrets)


def test_existing_keys_are_never_written_over(tmp_path: Path, created: RegionKeys) -> None:
    with pytest.raises(KeysUnavailable, match="holds keys already"):
        create_region_keys(tmp_path, REGION, PARTITIONS, ROOT, NOW)
    assert _same(open_region_keys(tmp_path, REGION, ROOT), created)


def test_creation_interrupted_at_any_file_is_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(BaseException):
        """Stands for the end of the process."""

    for written in range(9):
        directory, left = tmp_path / str(written), iter(range(written))

        def write(path: Path, content: bytes, left: object = left) -> None:
            if next(left, None) is None:  # type: ignore[call-overload]
                path.write_bytes(content[:3])
                raise Interrupted
            path.write_bytes(content)

        with monkeypatch.context() as patched:
            patched.setattr(key_files, "write_new_file", write)
            with pytest.raises(Interrupted):
                create_region_keys(directory, REGION, PARTITIONS, ROOT, NOW)
        with pytest.raises(KeysUnavailable, match="is missing"):
            open_region_keys(directory, REGION, ROOT)
        made = create_region_keys(directory, REGION, PARTITIONS, ROOT, NOW)
        assert _same(open_region_keys(directory, REGION, ROOT), made)
        assert [path.name for path in directory.iterdir()] == [REGION]


def test_wrong_root_is_named(tmp_path: Path, created: RegionKeys) -> None:
    with pytest.raises(KeysUnavailable, match=r"other\.key is not the root") as refusal:
        open_region_keys(tmp_path, REGION, OTHER_ROOT)
    assert refusal.value.__cause__ is None


def test_every_missing_file_is_named(tmp_path: Path, created: RegionKeys) -> None:
    for path in _files(tmp_path):
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(KeysUnavailable) as refusal:
            open_region_keys(tmp_path, REGION, ROOT)
        assert str(refusal.value).startswith(f"{path} is missing.")
        path.write_bytes(content)


def test_every_changed_file_is_refused_with_its_name_or_the_manifest_s(tmp_path: Path, created: RegionKeys) -> None:
    for path in _files(tmp_path):
        content = path.read_bytes()
        for position in (0, len(content) // 2, -1):
            changed = bytearray(content)
            changed[position] ^= 0x40
            path.write_bytes(changed)
            with pytest.raises(KeysUnavailable, match=REGION):
                open_region_keys(tmp_path, REGION, ROOT)
        path.write_bytes(content)


def test_files_that_changed_places_are_refused(tmp_path: Path, created: RegionKeys) -> None:
    first, second = tmp_path / REGION / "domain.0.1", tmp_path / REGION / "domain.1.1"
    first_content, second_content = first.read_bytes(), second.read_bytes()
    first.write_bytes(second_content)
    second.write_bytes(first_content)
    with pytest.raises(KeysUnavailable, match=r"domain\.\d\.1 does not open"):
        open_region_keys(tmp_path, REGION, ROOT)


def test_keys_of_another_region_are_refused(tmp_path: Path, created: RegionKeys) -> None:
    (tmp_path / REGION).rename(tmp_path / "eu-west-1")
    with pytest.raises(KeysUnavailable, match="holds the keys of us-east-1, not of eu-west-1"):
        open_region_keys(tmp_path, "eu-west-1", ROOT)


@pytest.mark.parametrize(
    "manifest", [b"", b"{", b"[]", b"null", b'{"format": 1}', b'{"format": 1, "region": "us-east-1", "files": 7}']
)
def test_unreadable_manifest_is_named(tmp_path: Path, created: RegionKeys, manifest: bytes) -> None:
    path = tmp_path / REGION / "manifest.json"
    path.write_bytes(manifest)
    with pytest.raises(KeysUnavailable, match=r"manifest\.json is not readable"):
        open_region_keys(tmp_path, REGION, ROOT)


def test_manifest_of_another_version_is_left_to_that_version(tmp_path: Path, created: RegionKeys) -> None:
    path = tmp_path / REGION / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 2}))
    with pytest.raises(KeysUnavailable, match="another version of Keytide"):
        open_region_keys(tmp_path, REGION, ROOT)


@pytest.mark.parametrize("kind", ["identity", "certificate", "record-mac", "sealing"])
def test_manifest_without_a_needed_file_is_refused(tmp_path: Path, created: RegionKeys, kind: str) -> None:
    path = tmp_path / REGION / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"] = [name for name in manifest["files"] if not name.startswith(kind)]
    path.write_text(json.dumps(manifest))
    with pytest.raises(KeysUnavailable, match=REGION):
        open_region_keys(tmp_path, REGION, ROOT)


def test_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file")
    with pytest.raises(KeysUnavailable, match="keys/us-east-1 cannot be written"):
        create_region_keys(tmp_path / "keys", REGION, PARTITIONS, ROOT, NOW)


def test_keys_print_no_secret() -> None:
    keys = make_region_keys(REGION, PARTITIONS, NOW)
    shown = f"{keys} {keys!r}"
    for secret in (keys.mac_key, keys.identity.seed, keys.sealing_keys[1].seed, keys.domain_keys.held()[0, 1]):
        assert repr(secret.reveal())[2:-1] not in shown
        assert secret.reveal().hex() not in shown
