"""ScheduleKeyDeletion, CancelKeyDeletion, UpdatePrimaryRegion: what a client sees."""

from typing import Any

import pytest

from shared.errors import InvalidArn, InvalidKeyState, NotFound, ValidationFailed
from shared.events import KeyDeleted
from shared.keys.times import days
from tests.services.region_node.operations.fake_region import ACCOUNT, FakeRegion


def arn(region: str, key_id: str) -> str:
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/{key_id}"


async def test_a_scheduled_key_says_when_it_goes(region: FakeRegion) -> None:
    key_id = await region.create_key()
    answer = await region.ask("ScheduleKeyDeletion", KeyId=key_id, PendingWindowInDays=7)
    date = (region.view.time + days(7)) / 1000
    assert answer == (arn("us-east-1", key_id), date, "PendingDeletion", 7)
    metadata = (await region.ask("DescribeKey", KeyId=key_id)).key_metadata
    assert (metadata.key_state, metadata.enabled, metadata.deletion_date) == ("PendingDeletion", False, date)
    assert metadata.pending_deletion_window_in_days is None


async def test_thirty_days_unless_asked_otherwise(region: FakeRegion) -> None:
    key_id = await region.create_key()
    assert (await region.ask("ScheduleKeyDeletion", KeyId=key_id)).pending_window_in_days == 30


@pytest.mark.parametrize("days_asked", [1, 6, 31, 365])
async def test_a_window_that_the_service_does_not_take(region: FakeRegion, days_asked: int) -> None:
    key_id = await region.create_key()
    with pytest.raises(ValidationFailed, match="between 7 and 30"):
        await region.ask("ScheduleKeyDeletion", KeyId=key_id, PendingWindowInDays=days_asked)


@pytest.mark.parametrize("operation", ["Encrypt", "EnableKey", "DisableKey", "TagResource", "CreateAlias"])
async def test_nothing_uses_or_changes_a_key_that_is_pending_deletion(region: FakeRegion, operation: str) -> None:
    key_id = await region.create_key()
    await region.ask("ScheduleKeyDeletion", KeyId=key_id)
    own: dict[str, dict[str, Any]] = {
        "Encrypt": {"KeyId": key_id, "Plaintext": "AA=="},
        "TagResource": {"KeyId": key_id, "Tags": []},
        "CreateAlias": {"AliasName": "alias/a", "TargetKeyId": key_id},
    }
    with pytest.raises(InvalidKeyState, match="is pending deletion"):
        await region.ask(operation, **own.get(operation, {"KeyId": key_id}))


async def test_a_cancelled_deletion_leaves_the_key_disabled(region: FakeRegion) -> None:
    key_id = await region.create_key()
    await region.ask("ScheduleKeyDeletion", KeyId=key_id)
    assert (await region.ask("CancelKeyDeletion", KeyId=key_id)).key_id == arn("us-east-1", key_id)
    metadata = (await region.ask("DescribeKey", KeyId=key_id)).key_metadata
    assert (metadata.key_state, metadata.deletion_date) == ("Disabled", None)


async def test_a_primary_waits_for_its_replicas(region: FakeRegion) -> None:
    peer = FakeRegion("eu-west-1", ("us-east-1",))
    key_id = await region.create_key(MultiRegion=True)
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1")
    region.deliver(peer)
    answer = await region.ask("ScheduleKeyDeletion", KeyId=key_id, PendingWindowInDays=9)
    assert answer == (arn("us-east-1", key_id), None, "PendingReplicaDeletion", 9)
    metadata = (await region.ask("DescribeKey", KeyId=key_id)).key_metadata
    assert (metadata.pending_deletion_window_in_days, metadata.deletion_date) == (9, None)
    with pytest.raises(InvalidKeyState, match="is pending replica deletion"):
        await region.ask("Encrypt", KeyId=key_id, Plaintext="AA==")
    region.view.apply([KeyDeleted(ACCOUNT, key_id, "eu-west-1")], origin="eu-west-1")
    metadata = (await region.ask("DescribeKey", KeyId=key_id)).key_metadata
    assert metadata.key_state == "PendingDeletion"
    assert metadata.deletion_date == (region.view.time + days(9)) / 1000


async def test_roles_change_and_everything_else_stays(region: FakeRegion) -> None:
    peer = FakeRegion("eu-west-1", ("us-east-1",))
    key_id = await region.create_key(MultiRegion=True, Description="here")
    await region.ask("ReplicateKey", KeyId=key_id, ReplicaRegion="eu-west-1", Description="there")
    await region.ask("UpdatePrimaryRegion", KeyId=key_id, PrimaryRegion="eu-west-1")
    region.deliver(peer)
    here = (await region.ask("DescribeKey", KeyId=key_id)).key_metadata
    there = (await peer.ask("DescribeKey", KeyId=key_id)).key_metadata
    assert (here.description, there.description) == ("here", "there")
    assert here.multi_region_configuration.multi_region_key_type == "REPLICA"
    assert there.multi_region_configuration.multi_region_key_type == "PRIMARY"
    assert here.multi_region_configuration[1:] == there.multi_region_configuration[1:]


async def test_an_alias_or_an_unknown_key_is_no_name(region: FakeRegion) -> None:
    key_id = await region.create_key()
    await region.ask("CreateAlias", AliasName="alias/a", TargetKeyId=key_id)
    for operation in ("ScheduleKeyDeletion", "CancelKeyDeletion"):
        with pytest.raises(InvalidArn):
            await region.ask(operation, KeyId="alias/a")
        with pytest.raises(NotFound):
            await region.ask(operation, KeyId="1234abcd-12ab-34cd-56ef-1234567890ab")
