"""Real regions erase what was destroyed, wherever they are killed meanwhile, and lose nothing that lives."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from services.region_node.keys.root import read_root_file
from tests.erasure_proof import Opened, SurvivingKeys, holding, opened, surviving_keys
from tests.faults.conftest import Standing
from tests.faults.test_processes import verified
from tests.running import SECOND_NODE, TWO_REGIONS, Running, child_environment, eventually, wait_until
from tests.running_command import command, done, listed
from tests.thoroughness import in_full_only, often, thorough
from tests.wrapping_client import bring

NEAR, FAR = TWO_REGIONS
MESSAGE = b"attack at dawn"
KILLS = often(5, otherwise=2)
TURNS = 4
TWO_NODES = ("--nodes", "2")


class Brought(NamedTuple):
    """A key with material that its client knows, and something that it has encrypted."""

    key_id: str
    binding: str
    material: bytes
    ciphertext: bytes


def brought(kms: Any, material: bytes) -> Brought:
    key_id = bring(kms, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", material)
    metadata = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    binding = f"material/{metadata['AWSAccountId']}/{key_id}/{metadata['CurrentKeyMaterialId']}"
    return Brought(key_id, binding, material, kms.encrypt(KeyId=key_id, Plaintext=MESSAGE)["CiphertextBlob"])


def opened_in(run: Running, key: Brought) -> set[Opened]:
    """What of the key's material opens, of all that the region keeps, under all that it keeps."""
    folders = {NEAR: run.directory / NEAR}
    return opened(folders, surviving_keys(folders, read_root_file(folders[NEAR] / "root")), [key.binding])


def keys_left(*nodes: tuple[str, Path]) -> SurvivingKeys:
    """Every key that any of these still has: a node's region, and its directory."""
    found = [surviving_keys({region: folder}, read_root_file(folder / "root")) for region, folder in nodes]
    domain = {key for one in found for key in one.domain}
    return SurvivingKeys(tuple(domain), tuple(key for one in found for key in one.sealing))


def decrypts(kms: Any, key: Brought) -> bool:
    return bool(eventually(lambda: kms.decrypt(CiphertextBlob=key.ciphertext))["Plaintext"] == MESSAGE)


def destroyed(kms: Any, key: Brought) -> None:
    kms.delete_imported_key_material(KeyId=key.key_id)


def changed(manifest: Path, advancing: subprocess.Popen[bytes]) -> None:
    """Wait until a domain key is kept, or one is destroyed, or there is nothing left to do."""
    before = manifest.stat().st_mtime_ns
    wait_until(lambda: manifest.stat().st_mtime_ns != before or advancing.poll() is not None, "the manifest changes")


def test_material_that_a_client_has_deleted_is_erased_and_status_says_when(standing: Standing) -> None:
    run = standing.run
    kms = run.client(NEAR)
    doomed, living = (brought(kms, os.urandom(32)) for _ in range(2))
    assert opened_in(run, doomed) == {Opened(NEAR, "wrapped", doomed.material)}
    destroyed(kms, doomed)
    assert opened_in(run, doomed) == {Opened(NEAR, "wrapped", doomed.material)}
    waiting = command(run, "erasure", "status", doomed.key_id, "--region", NEAR)
    assert waiting.returncode == 1
    assert "has not advanced: it does within moments" in waiting.stdout
    done(run, "erasure", "advance", "--region", NEAR)
    (row,) = listed(run, "erasure", "status", doomed.key_id, "--region", NEAR)
    assert (row["erased"], row["in_the_way"]) == (True, [])
    assert opened_in(run, doomed) == set()
    assert holding({NEAR: run.directory / NEAR}, doomed.material) == []
    assert decrypts(kms, living)
    assert decrypts(run.client(NEAR), brought(run.client(NEAR), os.urandom(32)))
    alive = command(run, "erasure", "status", living.key_id)
    assert (alive.returncode, "it lives: Enabled" in alive.stdout) == (1, True), alive.stdout
    verified(run)


def restored(run: Running, archive: Path, share: Path, to: Path) -> Path:
    """A region beside the running one, of its archive, a share of the archive's key, and its root."""
    place = ("--region", NEAR, "--root", str(run.directory / NEAR / "root"), "--share", str(share))
    done_there = command(run, "restore", str(archive), *place, directory=to / NEAR)
    assert done_there.returncode == 0, done_there.stderr
    return to / NEAR


def opened_of(run: Running, folder: Path, key: Brought) -> set[Opened]:
    """What of the key's material opens in a folder, under all keys that it has and the region's root."""
    folders, root = {NEAR: folder}, read_root_file(run.directory / NEAR / "root")
    return opened(folders, surviving_keys(folders, root), [key.binding])


def test_what_an_archive_still_opens_is_erased_once_that_has_expired(standing: Standing, tmp_path: Path) -> None:
    run = standing.run
    kms = run.client(NEAR)
    doomed, backups, share = brought(kms, os.urandom(32)), tmp_path / "backups", tmp_path / "share"
    backups.mkdir()
    archive = listed(run, "backup", "make", "--region", NEAR, "--to", str(backups / "archive"))["archive"]
    destroyed(kms, doomed)
    done(run, "erasure", "advance", "--region", NEAR)
    (row,) = listed_of(run, doomed)
    assert not row["erased"]
    assert all(archive in hindrance for hindrance in row["in_the_way"]), "the region itself has erased it"
    assert opened_in(run, doomed) == set()
    done(run, "backup", "release-share", archive, "--region", FAR, "--to", str(share))
    copy = restored(run, backups / "archive", share, tmp_path / "restored")
    assert opened_of(run, copy, doomed) == {Opened(NEAR, "wrapped", doomed.material)}, "so long it opens all"
    shutil.rmtree(copy)
    share.unlink()
    done(run, "backup", "expire", archive, "--region", NEAR)
    assert all(row["erased"] for row in listed_of(run, doomed))
    refused = command(run, "backup", "release-share", archive, "--region", FAR, "--to", str(share))
    assert (refused.returncode, share.exists()) == (1, False)
    everywhere = {"backups": backups, **{region: run.directory / region for region in TWO_REGIONS}}
    keys = keys_left(*((region, everywhere[region]) for region in TWO_REGIONS))
    assert opened(everywhere, keys, [doomed.binding]) == set()
    assert holding(everywhere, doomed.material) == []


def advance_begun(run: Running) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "services.cli", "erasure", "advance", "--region", NEAR]
        + ["--directory", str(run.directory)],
        env=child_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@thorough
@pytest.mark.timeout(240)
def test_a_replicator_that_is_killed_at_any_moment_of_an_advance_loses_nothing_and_ends_it(standing: Standing) -> None:
    run, chance = standing.run, random.Random(7)  # when to kill is no secret
    kms = run.client(NEAR)
    living = [brought(kms, os.urandom(32)) for _ in range(8)]
    doomed = []
    for _ in range(KILLS):
        doomed.append(eventually(lambda: brought(kms, os.urandom(32))))
        eventually(lambda: destroyed(kms, doomed[-1]))
        advancing = advance_begun(run)
        for _ in range(chance.randrange(3)):
            changed(run.directory / NEAR / "keys" / NEAR / "manifest.json", advancing)
        os.kill(run.find("replicator", "--region", NEAR).number, signal.SIGKILL)
        advancing.wait(timeout=90)
        assert all(decrypts(kms, key) for key in living), "no key is lost on the way"
    for key in doomed:
        advanced_until_erased(run, key)
        assert opened_in(run, key) == set()
    assert all(decrypts(kms, key) for key in living)
    verified(run)


def test_a_region_goes_on_under_another_root_and_is_not_rotated_while_it_runs(standing: Standing) -> None:
    run = standing.run
    kms = run.client(NEAR)
    key = brought(kms, os.urandom(32))
    root = run.directory / NEAR / "root"
    before = root.read_bytes()
    refused = command(run, "root", "rotate", "--region", NEAR)
    assert (refused.returncode, root.read_bytes()) == (1, before)
    assert "is in use by another keytide" in refused.stderr
    run.stop()
    assert "has a new root" in done(run, "root", "rotate", "--region", NEAR)
    assert root.read_bytes() != before
    assert decrypts(standing.again().client(NEAR), key)


@pytest.fixture(scope="module")
def nodes_of_the_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """A region alone: what its nodes erase is no matter of its peers."""
    nodes = Standing(tmp_path_factory.mktemp("nodes") / "keytide", (NEAR,), TWO_NODES)
    try:
        nodes.run.ready()
        wait_until(lambda: (second_node(nodes.run, NEAR) / "state").exists(), "the second node is there")
        yield nodes
    finally:
        nodes.run.close()


@pytest.fixture
def two_nodes(nodes_of_the_file: Standing) -> Running:
    return nodes_of_the_file.made_whole().run


def second_node(run: Running, region: str) -> Path:
    return run.directory / f"{region}.node-2"


def opened_at_both(run: Running, key: Brought) -> set[Opened]:
    """What of the key's material opens, of all that both nodes keep, under all that both keep."""
    folders = (run.directory / NEAR, second_node(run, NEAR))
    everything = keys_left(*((NEAR, folder) for folder in folders))
    return {one for folder in folders for one in opened({NEAR: folder}, everything, [key.binding])}


def at_second(run: Running) -> Any:
    return run.client(NEAR, endpoint=f"http://127.0.0.1:{run.port + 1 + SECOND_NODE}", read_timeout=20)


def advanced_until_erased(run: Running, key: Brought) -> None:
    def is_erased() -> bool:
        command(run, "erasure", "advance", "--region", NEAR)
        rows = listed_of(run, key)
        return bool(rows) and all(row["erased"] for row in rows)

    wait_until(is_erased, "the key is erased")


def listed_of(run: Running, key: Brought) -> Any:
    return json.loads(command(run, "erasure", "status", key.key_id, "--region", NEAR, "--json").stdout)


@pytest.mark.timeout(240)
def test_a_region_of_two_nodes_erases_at_both(two_nodes: Running) -> None:
    run, kms = two_nodes, two_nodes.client(NEAR)
    doomed, living = (brought(kms, os.urandom(32)) for _ in range(2))
    assert decrypts(at_second(run), living)
    assert opened_at_both(run, doomed) == {Opened(NEAR, "wrapped", doomed.material)}
    destroyed(kms, doomed)
    assert opened_at_both(run, doomed) == {Opened(NEAR, "wrapped", doomed.material)}, "deleted is not erased"
    done(run, "erasure", "advance", "--region", NEAR)
    (row,) = listed(run, "erasure", "status", doomed.key_id, "--region", NEAR)
    assert (row["erased"], row["in_the_way"]) == (True, [])
    assert opened_at_both(run, doomed) == set()
    assert decrypts(kms, living)
    assert decrypts(at_second(run), living)
    verified(run)


@in_full_only
@pytest.mark.timeout(420)
def test_either_of_two_nodes_may_be_killed_at_any_moment_of_an_advance(two_nodes: Running) -> None:
    run, chance = two_nodes, random.Random(11)  # when to kill is no secret
    kms = run.client(NEAR)
    living = [eventually(lambda: brought(kms, os.urandom(32))) for _ in range(6)]
    doomed: list[Brought] = []
    for turn in range(TURNS):
        doomed.append(eventually(lambda: brought(kms, os.urandom(32))))
        eventually(lambda: destroyed(kms, doomed[-1]))
        advancing = advance_begun(run)
        node = (run.directory / NEAR, second_node(run, NEAR))[turn % 2]
        for _ in range(chance.randrange(3)):
            changed(node / "keys" / NEAR / "manifest.json", advancing)
        os.kill(run.find("replicator", "--region", NEAR, str(node)).number, signal.SIGKILL)
        advancing.wait(timeout=90)
        assert all(decrypts(kms, key) for key in living), "no key is lost on the way"
    for key in doomed:
        advanced_until_erased(run, key)
        assert opened_at_both(run, key) == set()
    for client in (kms, at_second(run)):
        assert all(decrypts(client, key) for key in living)
    verified(run)
