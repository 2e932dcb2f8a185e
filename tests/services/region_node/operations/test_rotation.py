"""Rotation as clients see it: status, lists, and what old and new material still opens."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from services.region_node.operations.cryptography import decrypt
from services.region_node.operations.types.cryptography import DecryptRequest
from services.region_node.requests.call import AnyAge
from shared.errors import (
    AccessDenied,
    InvalidCiphertext,
    InvalidMarker,
    LimitExceeded,
    UnsupportedOperation,
    ValidationFailed,
)
from shared.events import KeyRotationStarted
from shared.keys.commands import KeyName
from shared.keys.decide_rotation import finish_rotation
from shared.keys.model import Key
from shared.keys.times import days
from shared.peer_errors import MaterialUnheard
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion

PLAINTEXT = base64.b64encode(b"secret").decode()


@pytest.fixture
def peer() -> FakeRegion:
    return FakeRegion("eu-west-1", ("us-east-1", "ap-southeast-2"))


async def encrypted(region: FakeRegion, key_id: str) -> str:
    blob = (await region.ask("Encrypt", KeyId=key_id, Plaintext=PLAINTEXT)).ciphertext_blob
    return base64.b64encode(blob).decode()


async def status(region: FakeRegion, key_id: str) -> tuple[Any, ...]:
    return tuple(await region.ask("GetKeyRotationStatus", KeyId=key_id))


async def rotations(region: FakeRegion, key_id: str, **parameters: Any) -> Any:
    return (await region.ask("ListKeyRotations", KeyId=key_id, **parameters)).rotations


async def test_the_status_tells_period_and_next_date(region: FakeRegion) -> None:
    key_id = await region.create_key()
    assert await status(region, key_id) == (False, key_id, None, None, None)
    for parameters, period_days in (({}, 365), ({"RotationPeriodInDays": 90}, 90)):
        await region.ask("EnableKeyRotation", KeyId=key_id, **parameters)
        due = (region.view.time + days(period_days)) / 1000
        assert await status(region, key_id) == (True, key_id, period_days, due, None)
    await region.ask("DisableKeyRotation", KeyId=key_id)
    assert await status(region, key_id) == (False, key_id, None, None, None)


@pytest.mark.parametrize("period_days", [89, 2561])
async def test_a_period_has_its_bounds(region: FakeRegion, period_days: int) -> None:
    key_id = await region.create_key()
    with pytest.raises(ValidationFailed, match="rotationPeriodInDays"):
        await region.ask("EnableKeyRotation", KeyId=key_id, RotationPeriodInDays=period_days)


async def test_a_disabled_key_keeps_its_setting(region: FakeRegion) -> None:
    key_id = await region.create_key()
    await region.ask("EnableKeyRotation", KeyId=key_id)
    await region.ask("DisableKey", KeyId=key_id)
    assert (await status(region, key_id))[:1] == (True,)


async def test_a_key_that_is_going_reads_false_until_its_deletion_is_cancelled(region: FakeRegion) -> None:
    key_id = await region.create_key()
    await region.ask("EnableKeyRotation", KeyId=key_id)
    await region.ask("ScheduleKeyDeletion", KeyId=key_id)
    assert await status(region, key_id) == (False, key_id, None, None, None)
    await region.ask("CancelKeyDeletion", KeyId=key_id)
    assert (await status(region, key_id))[:1] == (True,)


@pytest.mark.parametrize(("spec", "usage"), [("ECC_NIST_P256", "SIGN_VERIFY"), ("HMAC_256", "GENERATE_VERIFY_MAC")])
async def test_keys_that_cannot_rotate_say_so_without_an_error(region: FakeRegion, spec: str, usage: str) -> None:
    key_id = await region.create_key(KeySpec=spec, KeyUsage=usage)
    assert await status(region, key_id) == (False, key_id, None, None, None)
    assert await rotations(region, key_id, IncludeKeyMaterial="ALL_KEY_MATERIAL") == ()
    for operation in ("EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand"):
        with pytest.raises(UnsupportedOperation) as refusal:
            await region.ask(operation, KeyId=key_id)
        assert refusal.value.message == ""


async def test_old_and_new_blobs_open_after_a_rotation(region: FakeRegion) -> None:
    key_id = await region.create_key()
    old = await encrypted(region, key_id)
    before = (await region.ask("DescribeKey", KeyId=key_id)).key_metadata.current_key_material_id
    answer = await region.ask("RotateKeyOnDemand", KeyId=key_id)
    assert answer.key_id == f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key_id}"
    new = await encrypted(region, key_id)
    after = (await region.ask("DescribeKey", KeyId=key_id)).key_metadata.current_key_material_id
    assert before != after
    for blob, material_id in ((old, before), (new, after)):
        opened = await region.ask("Decrypt", CiphertextBlob=blob)
        assert (opened.plaintext, opened.key_material_id) == (b"secret", material_id)
    moved = await region.ask("ReEncrypt", CiphertextBlob=old, DestinationKeyId=key_id)
    assert (moved.source_key_material_id, moved.destination_key_material_id) == (before, after)


async def test_a_rotation_reaches_the_replica_and_seals_to_it_alone(region: FakeRegion, peer: FakeRegion) -> None:
    key_id = await region.create_key(MultiRegion=True)
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    old = await encrypted(region, key_id)
    await region.ask("RotateKeyOnDemand", KeyId=key_id)
    rotated = region.published[-1]
    assert isinstance(rotated, KeyRotationStarted)
    assert [list(material.sealed or {}) for material in rotated.materials] == [["eu-west-1"]]
    region.deliver(peer)
    for blob in (old, await encrypted(region, key_id)):
        assert (await peer.ask("Decrypt", CiphertextBlob=blob)).plaintext == b"secret"
    assert (await region.ask("Decrypt", CiphertextBlob=await encrypted(peer, key_id))).plaintext == b"secret"
    assert await rotations(peer, key_id) == await rotations(region, key_id)


async def test_a_replica_gets_all_materials_of_a_key_that_was_rotated_before(
    region: FakeRegion, peer: FakeRegion
) -> None:
    key_id = await region.create_key(MultiRegion=True)
    old = await encrypted(region, key_id)
    await region.ask("RotateKeyOnDemand", KeyId=key_id)
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    region.deliver(peer)
    for blob in (old, await encrypted(region, key_id)):
        assert (await peer.ask("Decrypt", CiphertextBlob=blob)).plaintext == b"secret"


async def test_a_replica_reports_the_shared_setting_and_does_not_change_it(
    region: FakeRegion, peer: FakeRegion
) -> None:
    key_id = await region.create_key(MultiRegion=True)
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    await region.ask("EnableKeyRotation", KeyId=key_id, RotationPeriodInDays=100)
    region.deliver(peer)
    assert await status(peer, key_id) == await status(region, key_id)
    for operation in ("EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand"):
        with pytest.raises(UnsupportedOperation, match="is not a multi-region primary key"):
            await peer.ask(operation, KeyId=key_id)


async def test_rotations_are_listed_from_the_first(region: FakeRegion) -> None:
    key_id = await region.create_key()
    assert await rotations(region, key_id) == ()
    (first,) = await rotations(region, key_id, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert (first.key_id, first.key_material_state, first.rotation_date, first.rotation_type) == (
        key_id,
        "CURRENT",
        None,
        None,
    )
    for _ in range(2):
        await region.ask("RotateKeyOnDemand", KeyId=key_id)
    listed = await rotations(region, key_id, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert [entry.key_material_state for entry in listed] == ["NON_CURRENT", "NON_CURRENT", "CURRENT"]
    assert [entry.rotation_type for entry in listed] == [None, "ON_DEMAND", "ON_DEMAND"]
    assert listed[0].key_material_id == first.key_material_id
    assert listed[2].rotation_date == region.view.time / 1000
    assert {entry[3:7] for entry in listed} == {(None,) * 4}, "nothing of imports on a key without imported material"
    assert await rotations(region, key_id) == listed[1:]


async def test_rotations_are_listed_page_by_page(region: FakeRegion) -> None:
    key_id = await region.create_key()
    for _ in range(5):
        await region.ask("RotateKeyOnDemand", KeyId=key_id)
    pages = [await region.ask("ListKeyRotations", KeyId=key_id, Limit=2)]
    while pages[-1].truncated:
        pages.append(await region.ask("ListKeyRotations", KeyId=key_id, Limit=2, Marker=pages[-1].next_marker))
    assert [len(page.rotations) for page in pages] == [2, 2, 1]
    assert tuple(entry for page in pages for entry in page.rotations) == await rotations(region, key_id)
    with pytest.raises(InvalidMarker):
        await region.ask("ListKeyRotations", KeyId=key_id, Marker="of nobody")


async def test_a_retried_rotation_rotates_once_and_a_new_one_again(region: FakeRegion) -> None:
    key_id = await region.create_key()
    for command_id in ("one", "one", "two"):
        await region.ask("RotateKeyOnDemand", ACCOUNT, command_id, KeyId=key_id)
    assert len(await rotations(region, key_id)) == 2


async def test_the_twenty_sixth_rotation_on_demand_makes_no_material(region: FakeRegion) -> None:
    key_id = await region.create_key()
    for _ in range(25):
        await region.ask("RotateKeyOnDemand", KeyId=key_id)
    with pytest.raises(LimitExceeded):
        await region.ask("RotateKeyOnDemand", KeyId=key_id)


async def test_another_accounts_key_is_forbidden(region: FakeRegion) -> None:
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{await region.create_key()}"
    for operation in (
        "EnableKeyRotation",
        "DisableKeyRotation",
        "GetKeyRotationStatus",
        "RotateKeyOnDemand",
        "ListKeyRotations",
    ):
        with pytest.raises(AccessDenied, match=f"not authorized to perform: kms:{operation}"):
            await region.ask(operation, OTHER_ACCOUNT, KeyId=arn)


class Silent:
    """A region to which the primary has been silent for long."""

    def require(self, key: Key, now: int) -> None:
        """Any age will do."""

    def require_news(self, key: Key, now: int) -> None:
        raise MaterialUnheard("silent")


async def test_a_cut_off_region_does_not_call_unheard_material_damaged(region: FakeRegion, peer: FakeRegion) -> None:
    key_id = await region.create_key(MultiRegion=True)
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    region.deliver(peer)
    await region.ask("RotateKeyOnDemand", KeyId=key_id)
    under_way = region._key(key_id).under_way
    assert under_way is not None
    name = KeyName("us-east-1", ACCOUNT, key_id)
    region.view.apply(finish_rotation(name, region.view, under_way, (), overdue=True).events)
    blob = base64.b64decode(await encrypted(region, key_id))
    for staleness, error in ((Silent(), MaterialUnheard), (AnyAge(), InvalidCiphertext)):
        call = replace(peer.call(operation="Decrypt"), staleness=staleness)
        with pytest.raises(error):
            decrypt(call, DecryptRequest(ciphertext_blob=blob))
    region.deliver(peer)
    assert (await peer.ask("Decrypt", CiphertextBlob=base64.b64encode(blob).decode())).plaintext == b"secret"
