"""A scream test from the command to what clients see of it, and back through the audit trail."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.running import THREE_REGIONS, Running, code_of, wait_until
from tests.running_command import command, done, listed

HOME = THREE_REGIONS[0]


@pytest.fixture
def key_id(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


def outcome(call: Callable[[], object]) -> str:
    try:
        call()
    except ClientError as error:
        return code_of(error)
    return "done"


def test_a_share_of_calls_fails_whoever_is_hit_is_named_and_it_ends_at_once(
    keytide: Running, kms: Any, key_id: str
) -> None:
    def encrypt() -> object:
        return kms.encrypt(KeyId=key_id, Plaintext=b"attack at dawn")

    done(keytide, "scream", "start", key_id, "--region", HOME, "--from", "50%", "--to", "60%")
    found = Counter(outcome(encrypt) for _ in range(200))
    assert {*found} == {"done", "KMSInvalidStateException"}
    assert 60 <= found["KMSInvalidStateException"] <= 140
    arguments = ("scream", "status", key_id)
    wait_until(lambda: listed(keytide, *arguments)[0]["hits"], "the hits have come through the audit trail")
    (told,) = listed(keytide, *arguments)
    assert told["hits"][0]["principal"].endswith(":user/administrator")
    assert command(keytide, "key", "deletable", key_id).returncode == 1
    done(keytide, "scream", "stop", key_id, "--region", HOME)
    assert {outcome(encrypt) for _ in range(50)} == {"done"}


def test_what_keytide_proves_itself_with_is_not_browned_out(keytide: Running, kms: Any) -> None:
    key_id = kms.describe_key(KeyId="alias/keytide-self-test")["KeyMetadata"]["KeyId"]
    refused = command(keytide, "scream", "start", key_id, "--region", HOME)
    assert refused.returncode == 1
    assert "proves itself" in refused.stderr


def test_the_last_use_of_a_key_names_its_audit_entry(keytide: Running, kms: Any, key_id: str) -> None:
    kms.encrypt(KeyId=key_id, Plaintext=b"attack at dawn")

    def event_id() -> object:
        return kms.get_key_last_usage(KeyId=key_id)["KeyLastUsage"].get("CloudTrailEventId")

    wait_until(event_id, "the use has come through the audit trail")
    (row,) = [row for row in listed(keytide, "usage", "--key", key_id) if row["operation"] == "Encrypt"]
    assert (row["outcome"], row["calls"]) == ("done", 1)
