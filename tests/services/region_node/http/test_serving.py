"""Requests from the signature to the log and back: what only the steps of the pipeline bring about."""

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.region_node.operator.administration import Administrator
from shared.identifiers import partition_of
from tests.services.region_node.running_replicator import PARTITIONS
from tests.services.region_node.serving import Serving, serving

TEXT = base64.b64encode(b"attack at dawn").decode()


@pytest.fixture(scope="module")
def region() -> Iterator[Serving]:
    with asyncio.Runner() as runner:
        made = serving(runner)
        try:
            yield made
        finally:
            made.close()


def operation_of(region: Serving, key_id: str) -> str | None:
    """The last use of the key."""
    usage: dict[str, Any] = region.ask("GetKeyLastUsage", KeyId=key_id)["KeyLastUsage"]
    return usage.get("Operation")


def refused(region: Serving, operation: str, **parameters: Any) -> str:
    status, body = region.send(operation, json.dumps(parameters).encode())
    assert status == 400
    return str(json.loads(body)["__type"])


def test_what_used_a_key_is_noted(region: Serving) -> None:
    key_id, other = region.create_key(), region.create_key()
    assert operation_of(region, key_id) is None
    blob = region.ask("Encrypt", KeyId=key_id, Plaintext=TEXT)["CiphertextBlob"]
    assert operation_of(region, key_id) == "Encrypt"
    region.ask("Decrypt", CiphertextBlob=blob)
    assert operation_of(region, key_id) == "Decrypt"
    region.ask("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=other)
    assert (operation_of(region, key_id), operation_of(region, other)) == ("ReEncrypt", "ReEncrypt")


def test_a_use_that_a_thread_does_is_noted_when_it_is_done(region: Serving) -> None:
    key_id = region.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    signing: dict[str, Any] = {"KeyId": key_id, "Message": TEXT, "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
    signature = region.ask("Sign", **signing)["Signature"]
    assert operation_of(region, key_id) == "Sign"
    changed = {**signing, "Message": base64.b64encode(b"-").decode(), "Signature": signature}
    assert refused(region, "Verify", **changed) == "KMSInvalidSignatureException"
    assert operation_of(region, key_id) == "Sign"


def test_what_did_not_succeed_is_no_use(region: Serving) -> None:
    key_id = region.create_key()
    assert refused(region, "Encrypt", KeyId=key_id, Plaintext=TEXT, DryRun=True) == "DryRunOperationException"
    assert refused(region, "Decrypt", KeyId=key_id, CiphertextBlob=TEXT) == "InvalidCiphertextException"
    region.ask("DescribeKey", KeyId=key_id)
    region.ask("DisableKey", KeyId=key_id)
    assert refused(region, "Encrypt", KeyId=key_id, Plaintext=TEXT) == "DisabledException"
    assert operation_of(region, key_id) is None


def test_the_time_and_the_request_of_the_use_are_told(region: Serving) -> None:
    key_id = region.create_key()
    region.ask("Encrypt", KeyId=key_id, Plaintext=TEXT)
    answer = region.ask("GetKeyLastUsage", KeyId=key_id)
    assert answer["TrackingStartDate"] <= answer["KeyCreationDate"] <= answer["KeyLastUsage"]["Timestamp"]
    assert len(answer["KeyLastUsage"]["KmsRequestId"]) == 36


def stranger(region: Serving, account: str) -> Administrator:
    """Somebody whose account lies in another partition."""
    others = (region.another() for _ in range(100))
    return next(o for o in others if partition_of(o.account, PARTITIONS) != partition_of(account, PARTITIONS))


def test_a_foreign_principal_retires_a_grant_in_the_partition_of_its_key(region: Serving) -> None:
    """And the request sent again is known there, though the grant that let it is gone."""
    key_id = region.create_key()
    own = region.ask("DescribeKey", KeyId=key_id)["KeyMetadata"]["AWSAccountId"]
    foreign = stranger(region, own)
    made = region.ask(
        "CreateGrant",
        KeyId=key_id,
        GranteePrincipal=f"arn:aws:iam::{own}:root",
        Operations=["Decrypt"],
        RetiringPrincipal=f"arn:aws:iam::{foreign.account}:root",
    )
    listed = region.ask("ListRetirableGrants", caller=foreign, RetiringPrincipal=f"arn:aws:iam::{foreign.account}:root")
    assert [entry["GrantId"] for entry in listed["Grants"]] == [made["GrantId"]]
    body = json.dumps({"GrantToken": made["GrantToken"]}).encode()
    for _ in range(2):
        assert region.send("RetireGrant", body, caller=foreign, invocation_id="one")[0] == 200
    assert region.ask("ListGrants", KeyId=key_id)["Grants"] == []
    assert region.send("RetireGrant", body, caller=foreign, invocation_id="two")[0] == 400
