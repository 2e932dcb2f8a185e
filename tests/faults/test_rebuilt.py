"""A region of three is lost with everything that it has written, and built anew from its peers by commands alone."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.faults.test_lost_for_good import lose
from tests.running import THREE_REGIONS, Running, code_of, eventually, wait_until
from tests.running_command import command, done, listed
from tests.thoroughness import in_full_only

HOME, PEER, LOST = THREE_REGIONS


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path / "keytide").ready()
    try:
        yield running
    finally:
        running.close()


class Made:
    """Keys of before the loss. `replica`: of the lost region; `born`: made there, with a replica at home; `alone`: of
    the lost region only. `blobs`: of the first two."""

    def __init__(self, run: Running) -> None:
        home, lost = run.client(HOME), run.client(LOST)
        self.replica: str = home.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
        home.replicate_key(KeyId=self.replica, ReplicaRegion=LOST)
        self.born: str = eventually(lambda: lost.create_key(MultiRegion=True))["KeyMetadata"]["KeyId"]
        lost.replicate_key(KeyId=self.born, ReplicaRegion=HOME)
        self.alone: str = lost.create_key()["KeyMetadata"]["KeyId"]
        blob = partial(encrypted, lost)
        self.blobs = {key: eventually(partial(blob, key)) for key in (self.replica, self.born)}
        eventually(lambda: home.decrypt(CiphertextBlob=self.blobs[self.born]))


def encrypted(client: Any, key: str) -> bytes:
    blob: bytes = client.encrypt(KeyId=key, Plaintext=key.encode())["CiphertextBlob"]
    return blob


def rebuild(run: Running) -> None:
    """As the operators of the three regions do it."""
    begun = done(run, "rebuild", "begin", "--region", LOST)
    assert f"keytide rebuild admit {LOST} --region {PEER}" in begun
    for peer in (HOME, PEER):
        looked = command(run, "rebuild", "admit", LOST, "--region", peer)
        assert (looked.returncode, "Nothing was changed" in looked.stdout) == (1, True), looked
        done(run, "rebuild", "admit", LOST, "--region", peer, "--force", "--even-though-it-answers")


def shown(run: Running) -> Any:
    (found,) = listed(run, "rebuild", "show")
    return found


@in_full_only
@pytest.mark.timeout(400)
def test_a_lost_region_is_built_anew_from_its_peers(run: Running) -> None:
    made = Made(run)
    lose(run, LOST)
    done(run, "promote", "--all", "--from", LOST, "--region", HOME, "--force", "--even-though-it-answers")
    rebuild(run)
    wait_until(lambda: shown(run)["own"] and shown(run)["own"]["ended_at"], "the region has come home", 120)
    told = shown(run)
    assert told["readmitted"] == [PEER, HOME]
    assert told["tail"] == 0
    assert told["alone"] > 0
    assert set(told["own"]["disabled"]) >= {made.replica, made.born}
    lost = run.client(LOST)
    with pytest.raises(ClientError) as refused:
        eventually_decided(lambda: lost.decrypt(CiphertextBlob=made.blobs[made.replica]))
    assert code_of(refused.value) == "DisabledException"
    for key, blob in made.blobs.items():
        eventually(partial(lost.enable_key, KeyId=key))
        assert eventually(partial(lost.decrypt, CiphertextBlob=blob))["Plaintext"] == key.encode()
    with pytest.raises(ClientError) as gone:
        lost.describe_key(KeyId=made.alone)
    assert code_of(gone.value) == "NotFoundException"
    goes_on(run, made)
    run.stop()
    checked = command(run, "verify")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def eventually_decided(attempt: Any) -> Any:
    """Past what is refused because the region is not there yet."""

    def decided() -> Any:
        try:
            return attempt, attempt()
        except ClientError as error:
            if code_of(error) in ("DisabledException",):
                return attempt, error
            raise

    _, answer = eventually(decided, 60)
    if isinstance(answer, ClientError):
        raise answer
    return answer


def goes_on(run: Running, made: Made) -> None:
    """What is changed now reaches every region, from the rebuilt one and to it."""
    home, lost = run.client(HOME), run.client(LOST)
    there: str = lost.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    lost.replicate_key(KeyId=there, ReplicaRegion=HOME)
    blob = encrypted(lost, there)
    assert eventually(lambda: home.decrypt(CiphertextBlob=blob))["Plaintext"] == there.encode()
    home.rotate_key_on_demand(KeyId=made.replica)
    wait_until(lambda: len(rotations(lost, made.replica)) == 1, "the rotation is done in the rebuilt region")
    blob = encrypted(home, made.replica)
    assert eventually(lambda: lost.decrypt(CiphertextBlob=blob))["Plaintext"] == made.replica.encode()


def rotations(client: Any, key: str) -> list[Any]:
    found: list[Any] = client.list_key_rotations(KeyId=key)["Rotations"]
    return found
