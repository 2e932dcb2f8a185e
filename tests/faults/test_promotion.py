"""The region of a key's primary is lost with `kill -9`, its replica is promoted, and the lost region comes back."""

import os
import signal
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.faults.conftest import Start
from tests.faults.test_home_taken_over import find_again, lose
from tests.running import TWO_REGIONS, Running, wait_until
from tests.running_command import command, done, listed
from tests.thoroughness import in_full_only

LOST, PROMOTED = TWO_REGIONS


def signalled(run: Running, region: str, number: signal.Signals) -> None:
    for process in run.of_region(region):
        os.kill(process.number, number)


def role_of(kms: Any, key: str) -> str:
    """PRIMARY or REPLICA, as the region itself says; "" while it does not answer."""
    try:
        return str(kms.describe_key(KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]["MultiRegionKeyType"])
    except (ClientError, BotoCoreError, KeyError):
        return ""


def decrypts(kms: Any, blob: bytes) -> bool:
    try:
        return bool(kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"attack at dawn")
    except (ClientError, BotoCoreError):
        return False


@in_full_only
def test_a_lost_primary_is_replaced_and_steps_down_when_it_is_back(start: Start) -> None:
    run = start()
    there, here = (run.client(region, endpoint=run.endpoint(region)) for region in (LOST, PROMOTED))
    key = there.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    there.replicate_key(KeyId=key, ReplicaRegion=PROMOTED)
    wait_until(lambda: role_of(here, key) == "REPLICA", "the replica is there")
    told = command(run, "promote", key, "--region", PROMOTED)
    assert (told.returncode, "Nothing was changed" in told.stdout) == (1, True)
    refused = command(run, "promote", key, "--region", PROMOTED, "--force")
    assert (refused.returncode, "UpdatePrimaryRegion" in refused.stdout) == (1, True)

    # What the primary acknowledges while nobody reads it: a rotation, and what it has encrypted since.
    signalled(run, PROMOTED, signal.SIGSTOP)
    there.create_key(MultiRegion=True)  # the question that is under way brings this one
    there.rotate_key_on_demand(KeyId=key)
    there.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    blob = there.encrypt(KeyId=key, Plaintext=b"attack at dawn")["CiphertextBlob"]
    lose(run, LOST)
    signalled(run, PROMOTED, signal.SIGCONT)

    promote = ("promote", "--all", "--from", LOST, "--region", PROMOTED, "--force")
    wait_until(lambda: command(run, *promote).returncode == 0, "the replica is promoted")
    assert role_of(here, key) == "PRIMARY"
    here.rotate_key_on_demand(KeyId=key)
    fresh = here.encrypt(KeyId=key, Plaintext=b"attack at dawn")["CiphertextBlob"]

    find_again(run, LOST)
    wait_until(lambda: role_of(there, key) == "REPLICA", "the lost region is back, and has stepped down")
    with pytest.raises(ClientError, match="UnsupportedOperation"):
        there.rotate_key_on_demand(KeyId=key)
    wait_until(lambda: decrypts(here, blob), "what the lost region encrypted last decrypts everywhere")
    wait_until(lambda: decrypts(there, fresh), "and what the new primary encrypts, too")
    _settle(run)
    assert here.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 90
    assert run.stop() == 0
    done(run, "verify")


def _settle(run: Running) -> None:
    """Both regions list the same two changes; one is done again, one is dropped."""
    wait_until(lambda: len(listed(run, "overtaken", "list", "--region", PROMOTED)) == 2, "both changes are listed")
    rotated, period = listed(run, "overtaken", "list")
    assert rotated["change"].startswith("gives it material")
    assert period["change"] == "rotates it every 90 days"
    assert period["asked_by"].endswith("user/administrator")
    done(run, "overtaken", "redo", period["id"])
    done(run, "overtaken", "drop", rotated["id"])
    wait_until(lambda: listed(run, "overtaken", "list") == [], "nothing is open any more, in either region")
