"""Real regions are backed up under load, destroyed, and restored with the commands that an operator gives."""

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.running import TWO_REGIONS, Running, eventually, wait_until
from tests.running_command import command, done, listed

HOME, PEER = TWO_REGIONS


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path / "keytide", TWO_REGIONS).ready()
    try:
        yield running
    finally:
        running.close()


class Load:
    """Keys that one client makes, one after another; `made`: those that were acknowledged, with a ciphertext each."""

    def __init__(self, kms: Any) -> None:
        self._kms, self._over = kms, threading.Event()
        self.made: dict[str, bytes] = {}
        self._thread = threading.Thread(target=self._make)
        self._thread.start()

    def _make(self) -> None:
        while not self._over.is_set():
            try:
                key = self._kms.create_key()["KeyMetadata"]["KeyId"]
                self.made[key] = self._kms.encrypt(KeyId=key, Plaintext=key.encode())["CiphertextBlob"]
            except (BotoCoreError, ClientError):
                continue

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


@pytest.mark.timeout(300)
def test_what_was_acknowledged_before_the_backup_is_there_after_it_was_restored(run: Running, tmp_path: Path) -> None:
    load = Load(run.client(HOME))
    try:
        eventually_made(load, 5)
        before = dict(load.made)
        archive = tmp_path / "archive"
        told = listed(run, "backup", "make", "--region", HOME, "--to", str(archive))
    finally:
        load.stop()
    assert told["holders"] == [PEER]
    assert told["to_carry"] == []
    region = run.directory / HOME
    root = tmp_path / "root"
    shutil.copy(region / "root", root)
    done(run, "backup", "release-share", told["archive"], "--region", PEER, "--to", str(tmp_path / "share"))
    run.kill()
    shutil.rmtree(region)
    forget_as_witness(run.directory / PEER / "witness" / HOME)
    place = ("--region", HOME, "--root", str(root))
    restored = command(run, "restore", str(archive), *place, "--share", str(tmp_path / "share"), directory=region)
    assert restored.returncode == 0, restored.stderr
    again = run.again()
    try:
        again.ready()
        kms = again.client(HOME)
        for key, blob in before.items():
            opened = eventually(partial(kms.decrypt, CiphertextBlob=blob))
            assert opened["Plaintext"] == key.encode()
    finally:
        again.close()


def eventually_made(load: Load, count: int) -> None:
    wait_until(lambda: len(load.made) >= count, f"{count} keys")


def forget_as_witness(seen: Path) -> None:
    """What the peer's operator does once people have settled that the later log is lost for good."""
    if seen.is_dir():
        shutil.rmtree(seen)
    else:
        seen.unlink()
