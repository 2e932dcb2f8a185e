"""ConvertKey: old blobs open wherever the new key is, and the old key goes on."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from services.region_node.families.converting import convert
from services.region_node.families.types import ConvertKeyRequest
from services.region_node.requests.call import Caller
from shared.errors import AccessDenied, IncorrectKey, KeyUnavailable
from shared.keys.errors import HasHeir
from tests.services.region_node.callers import user
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion

EUROPE = "eu-west-1"
SECRET = base64.b64encode(b"secret").decode()
BOB = user(name="bob")


@pytest.fixture
def peer() -> FakeRegion:
    return FakeRegion(EUROPE, ("us-east-1", "ap-southeast-2"))


async def converted(
    region: FakeRegion, key_id: str, *replicas: str, caller: Caller | None = None, command_id: str | None = None
) -> str:
    request = ConvertKeyRequest(key_id, replicas)
    call = region.call(operation="ConvertKey", caller=caller, command_id=command_id)
    call.request = request
    return str((await convert(call, request)).key_metadata.key_id)


async def encrypted(region: FakeRegion, key_id: str, **context: str) -> str:
    answer = await region.ask("Encrypt", KeyId=key_id, Plaintext=SECRET, EncryptionContext=context)
    return base64.b64encode(answer.ciphertext_blob).decode()


async def opened(region: FakeRegion, blob: str, **parameters: Any) -> tuple[bytes, str]:
    answer = await region.ask("Decrypt", CiphertextBlob=blob, **parameters)
    return answer.plaintext, str(answer.key_id).rpartition("/")[2]


async def test_old_blobs_open_everywhere_with_and_without_the_new_id(region: FakeRegion, peer: FakeRegion) -> None:
    old = await region.create_key()
    before_rotation = await encrypted(region, old)
    await region.ask("RotateKeyOnDemand", KeyId=old)
    blobs = [before_rotation, await encrypted(region, old)]
    new = await converted(region, old, EUROPE)
    blobs.append(await encrypted(region, old))
    region.deliver(peer)
    for blob in blobs:
        assert await opened(region, blob) == (b"secret", old)
        assert await opened(peer, blob) == (b"secret", new)
        for where in (region, peer):
            assert await opened(where, blob, KeyId=new) == (b"secret", new)


async def test_new_blobs_open_under_the_old_id_until_the_new_key_is_rotated(
    region: FakeRegion, peer: FakeRegion
) -> None:
    old = await region.create_key()
    new = await converted(region, old)
    assert await opened(region, await encrypted(region, new), KeyId=old) == (b"secret", old)
    await region.ask("RotateKeyOnDemand", KeyId=new)
    await region.ask("ReplicateKey", KeyId=new, ReplicaRegion=EUROPE)
    region.deliver(peer)
    blob = await encrypted(peer, new)
    assert await opened(region, blob) == (b"secret", new)
    with pytest.raises(IncorrectKey):
        await opened(region, blob, KeyId=old)


async def test_blobs_are_moved_from_the_old_key_where_it_never_was(region: FakeRegion, peer: FakeRegion) -> None:
    old = await region.create_key()
    blob = await encrypted(region, old, purpose="test")
    new = await converted(region, old, EUROPE)
    region.deliver(peer)
    context = {"SourceEncryptionContext": {"purpose": "test"}}
    moved = await peer.ask("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=new, **context)
    assert moved.source_key_id.endswith(new)
    again = base64.b64encode(moved.ciphertext_blob).decode()
    assert await opened(peer, again) == (b"secret", new)


async def test_the_condition_on_the_same_key_sees_the_heir(region: FakeRegion, peer: FakeRegion) -> None:
    old = await region.create_key()
    blob = await encrypted(region, old)
    new = await converted(region, old, EUROPE)
    region.deliver(peer)
    same = {"Bool": {"kms:ReEncryptOnSameKey": "true"}}
    statement = {"Effect": "Allow", "Action": "kms:ReEncrypt*", "Resource": "*", "Condition": same}
    peer.add_user(ACCOUNT, "bob", statement)
    assert (await peer.ask_as(BOB, "ReEncrypt", CiphertextBlob=blob, DestinationKeyId=new)).source_key_id.endswith(new)


async def test_the_rights_on_the_new_key_count_where_the_old_one_never_was(
    region: FakeRegion, peer: FakeRegion
) -> None:
    old = await region.create_key()
    blob = await encrypted(region, old)
    new = await converted(region, old, EUROPE)
    region.deliver(peer)
    peer.add_user(ACCOUNT, "bob", {"Effect": "Deny", "Action": "kms:*", "Resource": f"arn:aws:kms:*:*:key/{new}"})
    with pytest.raises(AccessDenied):
        await peer.ask_as(BOB, "Decrypt", CiphertextBlob=blob)
    foreign = user(OTHER_ACCOUNT)
    with pytest.raises(AccessDenied):
        await peer.ask_as(foreign, "Decrypt", CiphertextBlob=blob)


async def test_before_its_material_has_arrived_the_client_is_told_to_retry(
    region: FakeRegion, peer: FakeRegion
) -> None:
    old = await region.create_key()
    blob = await encrypted(region, old)
    new = await converted(region, old, EUROPE)
    region.deliver(peer)
    peer.lose_material(new)
    with pytest.raises(KeyUnavailable):
        await opened(peer, blob)


async def test_the_old_id_stays_with_its_aliases_grants_and_settings(region: FakeRegion) -> None:
    old = await region.create_key(Description="text", Tags=[{"TagKey": "a", "TagValue": "b"}])
    await region.ask("CreateAlias", AliasName="alias/app", TargetKeyId=old)
    await region.ask("CreateGrant", KeyId=old, GranteePrincipal=BOB.arn, Operations=["Decrypt"])
    new = await converted(region, old)
    assert (await region.ask("DescribeKey", KeyId="alias/app")).key_metadata.key_id == old
    assert [len((await region.ask("ListGrants", KeyId=key_id)).grants) for key_id in (old, new)] == [1, 0]
    policies = [(await region.ask("GetKeyPolicy", KeyId=key_id)).policy for key_id in (old, new)]
    assert policies[0] == policies[1]
    assert dict((await region.ask("ListResourceTags", KeyId=new)).tags) == {"a": "b"}
    await region.ask("UpdateAlias", AliasName="alias/app", TargetKeyId=new)
    await region.ask("DisableKey", KeyId=new)
    assert (await region.ask("DescribeKey", KeyId=old)).key_metadata.key_state == "Enabled"


async def test_the_old_key_is_not_rotated_and_the_new_one_has_its_schedule(region: FakeRegion) -> None:
    old = await region.create_key()
    await region.ask("EnableKeyRotation", KeyId=old, RotationPeriodInDays=100)
    new = await converted(region, old)
    for operation in ("RotateKeyOnDemand", "EnableKeyRotation"):
        with pytest.raises(HasHeir) as refusal:
            await region.ask(operation, KeyId=old)
        assert new in refusal.value.message
    statuses = [await region.ask("GetKeyRotationStatus", KeyId=key_id) for key_id in (old, new)]
    assert [status.key_rotation_enabled for status in statuses] == [False, True]
    assert statuses[1].rotation_period_in_days == 100


@pytest.mark.parametrize(
    ("spec", "usage", "operation", "parameters"),
    [
        ("ECC_NIST_P256", "SIGN_VERIFY", "Sign", {"Message": SECRET, "SigningAlgorithm": "ECDSA_SHA_256"}),
        ("HMAC_256", "GENERATE_VERIFY_MAC", "GenerateMac", {"Message": SECRET, "MacAlgorithm": "HMAC_SHA_256"}),
    ],
)
async def test_what_the_old_key_signed_is_good_everywhere(
    region: FakeRegion, peer: FakeRegion, spec: str, usage: str, operation: str, parameters: Mapping[str, str]
) -> None:
    old = await region.create_key(KeySpec=spec, KeyUsage=usage)
    made = await region.ask(operation, KeyId=old, **parameters)
    new = await converted(region, old, EUROPE)
    region.deliver(peer)
    assert region.secret(old) == peer.secret(new)
    if operation == "Sign":
        proof = {"Signature": base64.b64encode(made.signature).decode()}
        assert (await peer.ask("Verify", KeyId=new, **parameters, **proof)).signature_valid
    else:
        proof = {"Mac": base64.b64encode(made.mac).decode()}
        assert (await peer.ask("VerifyMac", KeyId=new, **parameters, **proof)).mac_valid


async def test_a_retried_command_makes_one_key(region: FakeRegion) -> None:
    old = await region.create_key()
    first = await converted(region, old, command_id="command-1")
    assert await converted(region, old, command_id="command-1") == first


def allow(*actions: str, **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **condition}


EVERYTHING = allow("kms:CreateKey", "kms:ReplicateKey", "kms:TagResource")
NOT_IN_EUROPE = {"Condition": {"StringEquals": {"aws:RequestedRegion": EUROPE}}}
PRIMARY_ALONE = {"Condition": {"StringEquals": {"kms:MultiRegionKeyType": "PRIMARY"}}}


@pytest.mark.parametrize(
    ("statements", "replicas", "let_in"),
    [
        ((EVERYTHING,), (EUROPE,), True),
        ((allow("kms:CreateKey", "kms:TagResource"),), (), False),
        ((allow("kms:ReplicateKey", "kms:TagResource"),), (), False),
        ((allow("kms:ReplicateKey", "kms:CreateKey"),), (), False),
        ((EVERYTHING, {**allow("kms:CreateKey", **NOT_IN_EUROPE), "Effect": "Deny"}), (EUROPE,), False),
        ((EVERYTHING, {**allow("kms:CreateKey", **NOT_IN_EUROPE), "Effect": "Deny"}), (), True),
        ((allow("kms:ReplicateKey", "kms:TagResource"), allow("kms:CreateKey", **PRIMARY_ALONE)), (), True),
        ((allow("kms:ReplicateKey", "kms:TagResource"), allow("kms:CreateKey", **PRIMARY_ALONE)), (EUROPE,), False),
    ],
)
async def test_who_may_convert(
    region: FakeRegion, statements: tuple[dict[str, Any], ...], replicas: tuple[str, ...], let_in: bool
) -> None:
    old = await region.create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])
    region.add_user(ACCOUNT, "bob", *statements)
    appended = len(region.appended)
    if let_in:
        await converted(region, old, *replicas, caller=BOB)
        return
    with pytest.raises(AccessDenied):
        await converted(region, old, *replicas, caller=BOB)
    assert len(region.appended) == appended
