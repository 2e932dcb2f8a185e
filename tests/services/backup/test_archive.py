"""An archive is made and restored; whatever is wrong with it, its shares or the place, nothing is restored."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from replication.state.lmdb_store import LmdbStore
from services.backup import making
from services.backup.archive_file import HEAD_BYTES, ArchiveReader
from services.backup.archive_key import ArchiveKey
from services.backup.contents import Kept, KeptFile, KeptRecords, decode_contents, encode_kept
from services.backup.faults import ArchiveFault, CannotBackUp, CannotRestore
from services.backup.manifest import Manifest
from services.backup.restoring import Steps, Wanted, restore_archive
from services.backup.shares import Share
from services.backup.survey import Survey
from services.plain_fault import PlainFault
from services.region_node.keys.root import KeysUnavailable, Root, create_root_file, read_root_file
from shared.crypto.sealed_stream import SEALED_BYTES
from shared.secrets import Secret
from tests.services.backup.backed_region import REGION, BackedRegion, backed_region, placed, running, shares_of
from tests.services.region_node.running_replicator import RunningRegion

ENOUGH = (1, 3)


@pytest.fixture(scope="module")
def region() -> Iterator[BackedRegion]:
    with backed_region() as made:
        yield made


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def directory(region: BackedRegion) -> Iterator[Path]:
    """Where to restore. The sockets' paths in it must be short."""
    directory = region.root.with_name("restored")
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


def restored(
    region: BackedRegion, target: Path, shares: list[Share], wanted: Wanted, steps: Steps | None = None
) -> Manifest:
    return asyncio.run(restore_archive(ArchiveReader(target), shares, wanted, steps or region.restoring))


def test_a_restored_region_has_every_key_and_goes_on(region: BackedRegion, target: Path, directory: Path) -> None:
    recorded: list[Survey] = []
    manifest, key = region.archive(target, recorded)
    assert (recorded[0].heads, recorded[0].time) == (manifest.heads, manifest.time)
    restored(region, target, shares_of(key, *ENOUGH), Wanted(REGION, directory))
    asyncio.run(_require_same(running(region.settings), running(placed(region.settings, directory)), region, manifest))


async def _require_same(before: RunningRegion, after: RunningRegion, region: BackedRegion, manifest: Manifest) -> None:
    for one in (after, before):
        one.start()
        await one.ready()
    try:
        for key_id in region.key_ids:
            assert after.opened(key_id) is not None
            assert after.opened(key_id) == before.opened(key_id)
        for partition, head in enumerate(manifest.heads):
            found = after.replicator._materializer.head(partition).head
            assert found.sequence == head.sequence + 1  # the opening of a greater incarnation
        assert await after.create_key()
    finally:
        await after.stop()
        await before.stop()


def test_an_archive_has_neither_root_nor_shares_and_opens_nothing_by_itself(region: BackedRegion, target: Path) -> None:
    settings = region.settings
    cabinet, share = running(settings).keys.cabinet, f"share.{'ab' * 16}"
    cabinet.add(share, Secret(b"of another archive"))
    _, key = region.archive(target)
    cabinet.destroy([share])
    reader = ArchiveReader(target)
    kept = list(decode_contents(reader.content(key.key)))
    paths = {one.path for one in kept if isinstance(one, KeptFile)}
    assert {"node.json", "card", f"keys/{REGION}/identity"} <= paths
    assert not {path for path in paths if "root" in path or "share" in path}
    everything = target.read_bytes()
    assert settings.root_file.read_bytes() not in everything
    assert (settings.keys_directory / REGION / "identity").read_bytes() not in everything
    assert b"share." not in b"".join(one.content for one in kept if isinstance(one, KeptFile))


def _flipped(place: Callable[[int], int]) -> Callable[[bytes], bytes]:
    def flip(content: bytes) -> bytes:
        changed = bytearray(content)
        changed[place(len(content))] ^= 0x01
        return bytes(changed)

    return flip


TAMPERED: dict[str, Callable[[bytes], bytes]] = {
    "the magic": _flipped(lambda _: 0),
    "the format": _flipped(lambda _: HEAD_BYTES - 17),
    "the id": _flipped(lambda _: HEAD_BYTES - 1),
    "the first chunk": _flipped(lambda _: HEAD_BYTES),
    "a later chunk": _flipped(lambda _: HEAD_BYTES + SEALED_BYTES + 7),
    "the last chunk": _flipped(lambda size: size - 2_800),
    "the manifest": _flipped(lambda size: size - 1_900),
    "the signature": _flipped(lambda size: size - 10),
    "the length": _flipped(lambda size: size - 1),
    "two chunks change places": lambda content: (
        content[:HEAD_BYTES]
        + content[HEAD_BYTES + SEALED_BYTES : HEAD_BYTES + 2 * SEALED_BYTES]
        + content[HEAD_BYTES : HEAD_BYTES + SEALED_BYTES]
        + content[HEAD_BYTES + 2 * SEALED_BYTES :]
    ),
    "a chunk goes": lambda content: content[:HEAD_BYTES] + content[HEAD_BYTES + SEALED_BYTES :],
    "a byte more": lambda content: content + b"\0",
    "nothing is left": lambda _: b"",
}


@pytest.mark.parametrize("what", TAMPERED)
def test_an_archive_that_was_tampered_with_is_not_restored(
    region: BackedRegion, target: Path, directory: Path, what: str
) -> None:
    _, key = region.archive(target)
    content = target.read_bytes()
    altered = TAMPERED[what](content)
    assert altered != content
    target.write_bytes(altered)
    with pytest.raises(ArchiveFault):
        restored(region, target, shares_of(key, *ENOUGH), Wanted(REGION, directory))
    assert not directory.exists()
    assert not list(directory.parent.glob("*.making"))


def test_an_archive_that_is_cut_off_anywhere_is_not_restored(
    region: BackedRegion, target: Path, tmp_path: Path
) -> None:
    _, key = region.archive(target)
    content, directory = target.read_bytes(), tmp_path / "restored"
    borders = [HEAD_BYTES + SEALED_BYTES * number for number in range(len(content) // SEALED_BYTES + 1)]
    for length in (*borders, len(content) - 1, len(content) - 4, HEAD_BYTES - 1, 3):
        target.write_bytes(content[:length])
        with pytest.raises(ArchiveFault):
            restored(region, target, shares_of(key, *ENOUGH), Wanted(REGION, directory))


def test_even_without_the_signed_hash_no_altered_content_opens(region: BackedRegion, target: Path) -> None:
    _, key = region.archive(target)
    content = bytearray(target.read_bytes())
    content[HEAD_BYTES + 3] ^= 1
    target.write_bytes(bytes(content))
    with pytest.raises(ArchiveFault, match="does not open: chunk 1 "):
        list(ArchiveReader(target).content(key.key))


@pytest.mark.parametrize(
    ("shares", "text"),
    [
        (lambda *_: [], "2 shares of the archive's key are needed and 0 given; they are with: ap-southeast-2, eu-"),
        (lambda key, _: shares_of(key, 2), "2 shares of the archive's key are needed and 1 given"),
        (lambda key, _: shares_of(key, 2) * 2, "2 shares of the archive's key are needed and 1 given"),
        (lambda _, other: shares_of(other, 1, 2), "share 1 is of archive"),
        (
            lambda key, other: [share._replace(archive=key.archive) for share in shares_of(other, 1, 2)],
            "share 1 is not the one that was handed out",
        ),
        (lambda key, _: [share._replace(place=9) for share in shares_of(key, 1)], "share 9 is not the one"),
    ],
)
def test_too_few_shares_or_false_ones_open_nothing(
    region: BackedRegion,
    target: Path,
    directory: Path,
    shares: Callable[[ArchiveKey, ArchiveKey], list[Share]],
    text: str,
) -> None:
    _, other = region.archive(target.with_name("other"))
    _, key = region.archive(target)
    with pytest.raises(ArchiveFault, match=text):
        restored(region, target, shares(key, other), Wanted(REGION, directory))
    assert not directory.exists()


def _another_root(directory: Path) -> Root:
    create_root_file(directory / "root")
    return read_root_file(directory / "root")


def _filled(directory: Path) -> Wanted:
    directory.mkdir()
    (directory / "anything").touch()
    return Wanted(REGION, directory)


@pytest.mark.parametrize(
    ("wanted", "fault", "text"),
    [
        (lambda directory: Wanted("eu-west-1", directory), CannotRestore, "of us-east-1, not of eu-west-1"),
        (_filled, CannotRestore, "is not empty: it is kept"),
        (lambda directory: Wanted(REGION, directory, "0123 4567"), CannotRestore, "not the identity that was asked"),
    ],
)
def test_what_is_not_wanted_is_not_restored(
    region: BackedRegion,
    target: Path,
    directory: Path,
    wanted: Callable[[Path], Wanted],
    fault: type[PlainFault],
    text: str,
) -> None:
    _, key = region.archive(target)
    asked = wanted(directory)
    before = sorted(directory.parent.rglob("*"))
    with pytest.raises(fault, match=text):
        restored(region, target, shares_of(key, *ENOUGH), asked)
    assert sorted(directory.parent.rglob("*")) == before


def test_another_root_opens_nothing_and_leaves_nothing(region: BackedRegion, target: Path, directory: Path) -> None:
    _, key = region.archive(target)
    steps = region.restoring._replace(root=_another_root)
    with pytest.raises(KeysUnavailable, match="is not the root that these keys rest on"):
        restored(region, target, shares_of(key, *ENOUGH), Wanted(REGION, directory), steps)
    assert not directory.exists()
    assert not list(directory.parent.glob("*.making"))


def test_a_file_that_is_there_is_kept(region: BackedRegion, target: Path) -> None:
    target.write_bytes(b"kept")
    with pytest.raises(CannotBackUp, match="exists already: it is kept"):
        region.archive(target)
    assert target.read_bytes() == b"kept"


def test_an_archive_that_could_not_be_finished_leaves_no_file(
    region: BackedRegion, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> tuple[int, ...]:
        raise OSError("the disk is full")

    monkeypatch.setattr(making, "_copy_log", broken)
    with pytest.raises(OSError, match="the disk is full"):
        region.archive(target)
    assert not list(target.parent.glob("archive*"))


def test_a_state_that_is_not_whole_is_not_backed_up(region: BackedRegion, target: Path) -> None:
    state = region.settings.state_directory
    aside = state.rename(state.with_name("aside"))
    state.mkdir()
    LmdbStore(state, writer=True).close()
    try:
        with pytest.raises(CannotBackUp, match="is not whole"):
            region.archive(target)
    finally:
        shutil.rmtree(state)
        aside.rename(state)


@pytest.mark.parametrize(
    "kept",
    [
        KeptFile("../root", b""),
        KeptFile("keys/../root", b""),
        KeptFile("/etc/passwd", b""),
        KeptFile("log/data.mdb", b""),
        KeptFile("keys/us-east-1/../../root", b""),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(kept: KeptFile) -> None:
    with pytest.raises(ArchiveFault):
        list(decode_contents([encode_kept(kept)]))


def test_contents_come_back_however_they_are_cut() -> None:
    contents: list[Kept] = [
        KeptFile("card", b"1"),
        KeptRecords(1, (b"a", b"b" * 70_000)),
        KeptFile("peers/eu-west-1.card", b""),
    ]
    encoded = b"".join(encode_kept(one) for one in contents)

    def pieces() -> Iterator[bytes]:
        yield from (encoded[start : start + 1_000] for start in range(0, len(encoded), 1_000))

    assert list(decode_contents(pieces())) == contents
    with pytest.raises(ArchiveFault, match="ends in the middle"):
        list(decode_contents([encoded[:-1]]))
