"""ReplicateKey, from the primary's answer to the replica in use."""

import base64
import json
from typing import Any

import pytest

from services.region_node.operations.table import OPERATIONS
from services.region_node.requests.call import Decide
from services.region_node.wire.shapes import compile_request
from shared.errors import AlreadyExists, KeytideError, UnsupportedOperation, ValidationFailed
from shared.events import KeyReplicated, KeyTagged
from shared.keys.sharing import REPLICATE_TAG
from shared.policy.document import default_policy
from tests.services.region_node.operations.fake_region import ACCOUNT, FakeRegion


@pytest.fixture
def peer() -> FakeRegion:
    return FakeRegion("eu-west-1", ("us-east-1", "ap-southeast-2"))


async def test_the_answer_describes_a_replica_that_is_being_created(region: FakeRegion) -> None:
    key_id = await region.create_key(MultiRegion=True, Description="primary")
    answer = await region.ask(
        "ReplicateKey",
        KeyId=key_id,
        ReplicaRegion="eu-west-1",
        Description="replica",
        Tags=[{"TagKey": "b", "TagValue": "2"}, {"TagKey": "a", "TagValue": "1"}],
    )
    metadata = answer.replica_key_metadata
    arns = [f"arn:aws:kms:{name}:{ACCOUNT}:key/{key_id}" for name in ("us-east-1", "eu-west-1")]
    assert (metadata.arn, metadata.key_state, metadata.enabled) == (arns[1], "Creating", False)
    assert (metadata.description, metadata.current_key_material_id) == ("replica", None)
    assert metadata.multi_region_configuration == ("REPLICA", (arns[0], "us-east-1"), ((arns[1], "eu-west-1"),))
    assert answer.replica_policy == default_policy(ACCOUNT)
    assert answer.replica_tags == (("a", "1"), ("b", "2"))


async def test_a_blob_opens_wherever_the_key_is_held(region: FakeRegion, peer: FakeRegion) -> None:
    key_id = await region.create_key(MultiRegion=True)
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    region.deliver(peer)
    plaintext = base64.b64encode(b"secret").decode()
    blob = (await region.ask("Encrypt", KeyId=key_id, Plaintext=plaintext)).ciphertext_blob
    opened = await peer.ask("Decrypt", CiphertextBlob=base64.b64encode(blob).decode())
    assert (opened.plaintext, opened.key_id) == (b"secret", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{key_id}")


async def test_every_member_describes_the_same_family(region: FakeRegion, peer: FakeRegion) -> None:
    key_id = await region.create_key(MultiRegion=True)
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    region.deliver(peer)
    here = (await region.ask("DescribeKey", KeyId=key_id)).key_metadata
    there = (await peer.ask("DescribeKey", KeyId=key_id)).key_metadata
    assert here.multi_region_configuration[1:] == there.multi_region_configuration[1:]
    assert there.multi_region_configuration.multi_region_key_type == "REPLICA"
    assert (there.key_state, there.current_key_material_id) == ("Enabled", here.current_key_material_id)


async def test_the_replica_gets_its_own_policy(region: FakeRegion, peer: FakeRegion) -> None:
    own = json.loads(default_policy(ACCOUNT)) | {"Id": "own"}
    key_id = await region.create_key(MultiRegion=True)
    answer = await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1", Policy=json.dumps(own))
    region.deliver(peer)
    assert (await peer.ask("GetKeyPolicy", KeyId=key_id)).policy == answer.replica_policy
    assert (await region.ask("GetKeyPolicy", KeyId=key_id)).policy == default_policy(ACCOUNT)


async def test_secrets_are_sealed_to_the_destination_alone(region: FakeRegion) -> None:
    key_id = await region.create_key(MultiRegion=True)
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    shared = region.published[-1]
    assert isinstance(shared, KeyReplicated)
    assert [list(material.sealed or {}) for material in shared.materials] == [["eu-west-1"]]


@pytest.mark.parametrize(
    ("multi_region", "destination", "error", "text"),
    [
        (False, "eu-west-1", UnsupportedOperation, "is not a multi-region primary key."),
        (True, "us-east-1", AlreadyExists, "already exists"),
        (True, "sa-east-1", ValidationFailed, "Known regions: ap-southeast-2, eu-west-1."),
    ],
)
async def test_what_is_refused_before_anything_is_sealed(
    region: FakeRegion, multi_region: bool, destination: str, error: type[KeytideError], text: str
) -> None:
    key_id = await region.create_key(MultiRegion=multi_region)
    appended = len(region.appended)
    with pytest.raises(error) as refusal:
        await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion=destination)
    assert refusal.value.message.endswith(text)
    assert len(region.appended) == appended


async def test_a_retried_command_is_answered_and_a_new_one_refused(region: FakeRegion) -> None:
    parameters: dict[str, Any] = {"KeyId": await region.create_key(MultiRegion=True), "ReplicaRegion": "eu-west-1"}
    first = await region.ask("ReplicateKey", ACCOUNT, "command-1", **parameters)
    assert await region.ask("ReplicateKey", ACCOUNT, "command-1", **parameters) == first
    with pytest.raises(AlreadyExists):
        await region.ask("ReplicateKey", ACCOUNT, "command-2", **parameters)


async def test_the_answer_tells_what_the_replica_was_given_whatever_the_primary_asks_for_since(
    region: FakeRegion,
) -> None:
    key_id = await region.create_key(MultiRegion=True)
    call = region.call(operation="ReplicateKey")
    change = call.change

    async def and_then_tagged(decide: Decide, account: str = ACCOUNT, /) -> str:
        answer = await change(decide, account)
        region.view.apply([KeyTagged(ACCOUNT, key_id, ((REPLICATE_TAG, "policy tags"),))])
        return answer

    call.change = and_then_tagged
    parameters = {"KeyId": key_id, "ReplicaRegion": "eu-west-1", "Tags": [{"TagKey": "a", "TagValue": "1"}]}
    row = OPERATIONS["ReplicateKey"]
    answer = await row.handle(call, compile_request(row.request)(parameters))
    assert answer.replica_tags == (("a", "1"),)
