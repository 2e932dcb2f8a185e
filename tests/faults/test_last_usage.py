"""The record of when keys were last used: it outlives workers, restarts and the state, and its loss hinders nobody."""

import os
import shutil
import signal
from typing import Any

from tests.faults.conftest import Standing
from tests.running import TWO_REGIONS, Running, eventually

STANDING = TWO_REGIONS[:1]
(HOME,) = STANDING


def last_operation(client: Any, key_id: str) -> str | None:
    usage: dict[str, str] = client.get_key_last_usage(KeyId=key_id)["KeyLastUsage"]
    return usage.get("Operation")


def usage_directory(run: Running) -> Any:
    return run.directory / HOME / "usage"


def test_uses_outlive_a_stop_and_a_rebuild(standing: Standing) -> None:
    run = standing.run
    client = run.client(HOME)
    key_id = client.create_key()["KeyMetadata"]["KeyId"]
    client.encrypt(KeyId=key_id, Plaintext=b"-")
    run.stop()
    shutil.rmtree(run.directory / HOME / "state")
    run = standing.again()
    told = run.client(HOME).get_key_last_usage(KeyId=key_id)
    assert told["KeyLastUsage"]["Operation"] == "Encrypt"
    assert told["TrackingStartDate"] == told["KeyCreationDate"]


def test_a_lost_record_begins_anew_and_says_since_when(standing: Standing) -> None:
    run = standing.run
    client = run.client(HOME)
    key_id = client.create_key()["KeyMetadata"]["KeyId"]
    client.encrypt(KeyId=key_id, Plaintext=b"-")
    run.stop()
    shutil.rmtree(usage_directory(run))
    shutil.rmtree(usage_directory(run).with_name("audit"))  # the trail knows of uses, too
    run = standing.again()
    told = run.client(HOME).get_key_last_usage(KeyId=key_id)
    assert told["KeyLastUsage"] == {}
    assert told["TrackingStartDate"] > told["KeyCreationDate"]


def test_a_record_that_cannot_be_kept_refuses_no_use_of_a_key(standing: Standing) -> None:
    run = standing.run
    key_id = run.client(HOME).create_key()["KeyMetadata"]["KeyId"]
    run.stop()
    shutil.rmtree(usage_directory(run))
    usage_directory(run).write_text("in the way")
    run = standing.again()
    client = run.client(HOME)
    blob = client.encrypt(KeyId=key_id, Plaintext=b"-")["CiphertextBlob"]
    assert client.decrypt(CiphertextBlob=blob)["Plaintext"] == b"-"
    os.kill(run.find("worker", HOME).number, signal.SIGKILL)
    assert eventually(lambda: client.decrypt(CiphertextBlob=blob))["Plaintext"] == b"-"
    usage_directory(run).unlink()
    eventually(lambda: client.get_key_last_usage(KeyId=key_id))
    assert last_operation(client, key_id) == "Decrypt"
