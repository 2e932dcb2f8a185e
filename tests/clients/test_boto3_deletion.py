"""Unmodified boto3: a key on its way out, and the primary's part handed to another region and back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.running import code_of, eventually, wait_until


def family(kms: Any, elsewhere: Any) -> str:
    """A multi-region key with a replica in the other region."""
    key_id = str(kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"])
    kms.replicate_key(KeyId=key_id, ReplicaRegion="eu-west-1")
    eventually(lambda: elsewhere.describe_key(KeyId=key_id))
    return key_id


def role(client: Any, key_id: str) -> str:
    return str(client.describe_key(KeyId=key_id)["KeyMetadata"]["MultiRegionConfiguration"]["MultiRegionKeyType"])


def test_a_deletion_is_scheduled_and_cancelled(kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]
    answer = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert (answer["KeyId"], answer["KeyState"], answer["PendingWindowInDays"]) == (key["Arn"], "PendingDeletion", 7)
    assert abs(answer["DeletionDate"] - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=5)
    with pytest.raises(ClientError) as refusal:
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"-")
    assert code_of(refusal.value) == "KMSInvalidStateException"
    assert kms.cancel_key_deletion(KeyId=key["KeyId"])["KeyId"] == key["Arn"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key["KeyId"])
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"-")


def test_a_primary_waits_while_a_replica_is_left(kms: Any, elsewhere: Any) -> None:
    key_id = family(kms, elsewhere)
    answer = kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    assert (answer["KeyState"], "DeletionDate" in answer) == ("PendingReplicaDeletion", False)
    elsewhere.encrypt(KeyId=key_id, Plaintext=b"-")
    assert elsewhere.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
    elsewhere.cancel_key_deletion(KeyId=key_id)
    kms.cancel_key_deletion(KeyId=key_id)


def test_the_primary_moves_and_moves_back(kms: Any, elsewhere: Any) -> None:
    key_id = family(kms, elsewhere)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"before")["CiphertextBlob"]
    kms.update_primary_region(KeyId=key_id, PrimaryRegion="eu-west-1")
    wait_until(lambda: role(elsewhere, key_id) == "PRIMARY", "the other region has become the primary")
    assert role(kms, key_id) == "REPLICA"
    with pytest.raises(ClientError) as refusal:
        kms.replicate_key(KeyId=key_id, ReplicaRegion="ap-southeast-2")
    assert code_of(refusal.value) == "UnsupportedOperationException"
    assert elsewhere.decrypt(CiphertextBlob=blob)["Plaintext"] == b"before"
    elsewhere.update_primary_region(KeyId=key_id, PrimaryRegion="us-east-1")
    wait_until(lambda: role(kms, key_id) == "PRIMARY", "the first region is the primary again")
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"before"
