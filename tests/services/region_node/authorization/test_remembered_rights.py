"""What is remembered of a caller's rights on a key ends with the state that it was read from, and is of one address."""

import json
from typing import Any

import orjson
import pytest

from services.region_node.requests.arrived import Answered, Arrived
from tests.replication.written_log import ACCOUNT, HOME
from tests.services.region_node.serving_region import ACCESS_KEY_ID, ServingRegion
from tests.services.region_node.wire.signed_requests import sign

EVERYTHING = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "*", "Resource": "*"}


@pytest.fixture
def region() -> ServingRegion:
    return ServingRegion()


def denying(**condition: Any) -> str:
    """A policy under which nobody may encrypt where the condition holds."""
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [EVERYTHING, deny]})


async def made_key(region: ServingRegion, policy: str) -> str:
    _, made = await region.ask("CreateKey", Policy=policy)
    return str(made["KeyMetadata"]["KeyId"])


def encrypts(region: ServingRegion, key_id: str, source: str = "127.0.0.1", **parameters: Any) -> bool:
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.Encrypt"}
    body = orjson.dumps({"KeyId": key_id, "Plaintext": "YQ==", **parameters})
    sent = sign(body, headers=headers, region=HOME, access_key_id=ACCESS_KEY_ID)
    answered = region.pipeline.answer(Arrived(*sent, source))
    assert isinstance(answered, Answered)
    assert answered.status == 200 or b"AccessDeniedException" in answered.body
    return answered.status == 200


async def test_a_tag_that_is_asked_for_binds_the_next_request(region: ServingRegion) -> None:
    key_id = await made_key(region, denying(StringEquals={"aws:ResourceTag/state": "closed"}))
    for expected in (True, True):
        assert encrypts(region, key_id) is expected
    await region.ask("TagResource", KeyId=key_id, Tags=[{"TagKey": "state", "TagValue": "closed"}])
    assert not encrypts(region, key_id)
    await region.ask("UntagResource", KeyId=key_id, TagKeys=["state"])
    assert encrypts(region, key_id)


async def test_a_policy_that_is_put_binds_the_next_request(region: ServingRegion) -> None:
    key_id = await made_key(region, denying(Null={"aws:username": "true"}))
    assert encrypts(region, key_id)
    await region.ask("PutKeyPolicy", KeyId=key_id, Policy=denying(Null={"aws:username": "false"}))
    assert not encrypts(region, key_id)


async def test_an_address_is_judged_by_itself(region: ServingRegion) -> None:
    key_id = await made_key(region, denying(NotIpAddress={"aws:SourceIp": "192.0.2.0/28"}))
    for source, expected in 2 * (("192.0.2.1", True), ("192.0.2.99", False), ("192.0.2.2", True)):
        assert encrypts(region, key_id, source) is expected


async def test_what_a_request_says_is_judged_each_time(region: ServingRegion) -> None:
    key_id = await made_key(region, denying(StringEquals={"kms:EncryptionContext:app": "closed"}))
    for app, expected in 2 * (("open", True), ("closed", False), ("other", True)):
        assert encrypts(region, key_id, EncryptionContext={"app": app}) is expected
    assert encrypts(region, key_id)


async def test_a_grant_that_is_revoked_binds_the_next_request(region: ServingRegion) -> None:
    managing = {**EVERYTHING, "Action": ["kms:CreateGrant", "kms:RevokeGrant", "kms:PutKeyPolicy"]}
    key_id = await made_key(region, json.dumps({"Version": "2012-10-17", "Statement": [managing]}))
    assert not encrypts(region, key_id)
    given = {
        "GranteePrincipal": EVERYTHING["Principal"]["AWS"],  # type: ignore[index]
        "Operations": ["Encrypt"],
        "Constraints": {"EncryptionContextEquals": {"app": "open"}},
    }
    _, made = await region.ask("CreateGrant", KeyId=key_id, **given)
    for app, expected in 2 * (("open", True), ("closed", False)):
        assert encrypts(region, key_id, EncryptionContext={"app": app}) is expected
    await region.ask("RevokeGrant", KeyId=key_id, GrantId=made["GrantId"])
    assert not encrypts(region, key_id, EncryptionContext={"app": "open"})
