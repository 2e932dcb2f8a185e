"""AWS managed keys: listed before they are there, made when somebody describes one, and nobody's to use or change."""

import asyncio
from typing import Any

import pytest

from shared.aliases.errors import NotAuthorized
from shared.errors import AccessDenied, NotFound
from shared.keys.aws_managed import SERVICES
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion, arn
from tests.services.region_node.serving_region import ServingRegion

EBS = "alias/aws/ebs"
TEXT = "YXR0YWNr"


async def made(region: FakeRegion, alias: str = EBS) -> Any:
    return (await region.ask("DescribeKey", KeyId=alias)).key_metadata


async def test_the_aliases_are_there_before_their_keys(region: FakeRegion) -> None:
    entries = (await region.ask("ListAliases")).aliases
    assert [entry.alias_name for entry in entries] == list(SERVICES)
    assert entries[0] == ("alias/aws/acm", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/acm", None, None, None)
    assert (await region.ask("ListKeys")).keys == ()


async def test_the_key_is_made_by_the_first_description_and_stays(region: FakeRegion) -> None:
    first = await made(region)
    assert (first.key_manager, first.key_state, first.multi_region) == ("AWS", "Enabled", False)
    assert first == await made(region, f"arn:aws:kms:us-east-1:{ACCOUNT}:{EBS}") == await made(region, first.key_id)
    (entry,) = [entry for entry in (await region.ask("ListAliases")).aliases if entry.target_key_id is not None]
    assert (entry.alias_name, entry.target_key_id) == (EBS, first.key_id)
    assert len((await region.ask("ListAliases")).aliases) == len(SERVICES)
    assert (await region.ask("ListAliases", KeyId=first.key_id)).aliases == (entry,)


async def test_every_account_has_its_own(region: FakeRegion) -> None:
    others = (await region.ask("DescribeKey", OTHER_ACCOUNT, KeyId=EBS)).key_metadata
    assert others.aws_account_id == OTHER_ACCOUNT
    with pytest.raises(AccessDenied):
        await region.ask("DescribeKey", KeyId=f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:alias/aws/s3")
    assert (await made(region)).key_id != others.key_id


async def test_it_rotates_every_year(region: FakeRegion) -> None:
    key_id = (await made(region)).key_id
    status = await region.ask("GetKeyRotationStatus", KeyId=key_id)
    assert (status.key_rotation_enabled, status.rotation_period_in_days) == (True, 365)


async def test_what_shows_it_is_allowed(region: FakeRegion) -> None:
    key_id = (await made(region)).key_id
    assert '"kms:ViaService" : "ec2.us-east-1.amazonaws.com"' in (await region.ask("GetKeyPolicy", KeyId=key_id)).policy
    for operation in ("ListGrants", "ListKeyPolicies", "ListResourceTags", "ListKeyRotations", "GetKeyLastUsage"):
        await region.ask(operation, KeyId=key_id)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("Encrypt", {"Plaintext": TEXT}),
        ("GenerateDataKey", {"KeySpec": "AES_256"}),
        ("DisableKey", {}),
        ("EnableKey", {}),
        ("ScheduleKeyDeletion", {}),
        ("DisableKeyRotation", {}),
        ("RotateKeyOnDemand", {}),
        ("PutKeyPolicy", {"Policy": "{}"}),
        ("UpdateKeyDescription", {"Description": "mine"}),
        ("TagResource", {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        ("CreateGrant", {"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:root", "Operations": ["Decrypt"]}),
    ],
)
async def test_what_uses_or_changes_it_is_denied(
    region: FakeRegion, operation: str, parameters: dict[str, Any]
) -> None:
    key_id = (await made(region)).key_id
    with pytest.raises(AccessDenied) as refusal:
        await region.ask(operation, KeyId=key_id, **parameters)
    assert refusal.value.message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: kms:{operation} on resource: "
        f"{arn(key_id)} because no resource-based policy allows the kms:{operation} action"
    )


async def test_its_alias_is_nobodys_and_no_other_names_it(region: FakeRegion) -> None:
    key_id, own = (await made(region)).key_id, await region.create_key()
    with pytest.raises(AccessDenied):
        await region.ask("CreateAlias", AliasName="alias/mine", TargetKeyId=key_id)
    for operation in ("CreateAlias", "UpdateAlias"):
        with pytest.raises(NotAuthorized):
            await region.ask(operation, AliasName="alias/aws/s3", TargetKeyId=own)
    with pytest.raises(NotAuthorized):
        await region.ask("DeleteAlias", AliasName=EBS)


async def test_only_a_description_makes_one_and_only_of_a_service_that_there_is(region: FakeRegion) -> None:
    with pytest.raises(NotFound, match="is not found"):
        await region.ask("Encrypt", KeyId=EBS, Plaintext=TEXT)
    with pytest.raises(NotFound, match="is not found"):
        await region.ask("DescribeKey", KeyId="alias/aws/nothing")
    assert region.appended == []


async def test_many_that_describe_it_first_get_one_key() -> None:
    region = ServingRegion()
    answers = await asyncio.gather(*[region.ask("DescribeKey", KeyId=EBS) for _ in range(5)])
    assert len({body["KeyMetadata"]["KeyId"] for _, body in answers}) == 1
    assert len((await region.ask("ListKeys"))[1]["Keys"]) == 1
